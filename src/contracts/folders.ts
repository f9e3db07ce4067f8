/**
 * A folder with one slash at its end. Stores of objects know no folders, only keys that begin alike: `models/churn/1.4.1` is also the
 * beginning of `models/churn/1.4.10`, and `features` that of `features-of-others`. What lists, copies or permits by the beginning of
 * keys gets it from here.
 */
export function folderUrl(url: string): string {
  return url.replace(/\/*$/, '/');
}
