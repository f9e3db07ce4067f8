/**
 * A function that does its work once for each key. What it found is kept as long as the key is: keys are objects of one request, and
 * nothing of a request outlives it.
 *
 * @param keyOf an object that is never changed, and that all arguments with the same result have in common
 */
export function memoized<Argument, Result>(
  compute: (argument: Argument) => Result,
  keyOf: (argument: Argument) => object,
): (argument: Argument) => Result {
  const results = new WeakMap<object, Result>();
  return (argument) => {
    const key = keyOf(argument);
    if (!results.has(key)) results.set(key, compute(argument));
    return results.get(key) as Result;
  };
}
