import { DataResource, Token } from 'cdktf';
import { Construct } from 'constructs';

/**
 * A value as it was when Terraform first applied the stack. It is in the state, so that what must not change can be compared
 * with it, or can stay as it was.
 */
export class FirstValue extends Construct {
  /** The value, as a Terraform token that is known when Terraform plans, at the first time too. */
  public readonly value: string;

  public constructor(scope: Construct, id: string, value: string) {
    super(scope, id);
    const kept = new DataResource(this, 'Resource', { input: { value }, lifecycle: { ignoreChanges: ['input'] } });
    // the argument, as the attribute `output` is not known before the first apply
    this.value = Token.asString(kept.interpolationForAttribute('input.value'));
  }
}
