import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import * as z from 'zod';

interface WildcardStatementProps extends PolicyStatementProps {
  /** Why no narrower resource will do. */
  readonly because: string;
}

/** A statement whose resources have a `*` in them. No other statement of a role may: `test/infra/stacks/aws-solutions.test.ts`. */
export class WildcardStatement extends PolicyStatement {
  readonly because: string;

  constructor({ because, ...props }: WildcardStatementProps) {
    super(props);
    this.because = because;
  }
}

/** Passes the reasons to the rules that ask for them, only for the policies within `scope`. */
export function giveReasons(scope: IConstruct, statements: readonly PolicyStatement[]): void {
  const stack = Stack.of(scope);
  for (const statement of statements) {
    if (!(statement instanceof WildcardStatement)) continue;
    for (const resource of statement.resources) {
      giveReason(scope, asText(stack.resolve(resource)), statement.because);
    }
  }
}

/** @param resource as {@link asText} writes it */
export function giveReason(scope: IConstruct, resource: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

const arnSchema = z.union([
  z.string(),
  z.object({ Ref: z.string() }),
  z.object({ 'Fn::GetAtt': z.array(z.string()) }),
  z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
]);

/** An ARN in the notation of the rules' findings: `<BucketABC.Arn>/*`. */
function asText(value: unknown): string {
  const arn = arnSchema.parse(value);
  if (typeof arn === 'string') return arn;
  if ('Ref' in arn) return `<${arn.Ref}>`;
  if ('Fn::GetAtt' in arn) return `<${arn['Fn::GetAtt'].join('.')}>`;
  const [delimiter, parts] = arn['Fn::Join'];
  return parts.map(asText).join(delimiter);
}
