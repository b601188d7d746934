export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A user as IAM sees them. */
interface IamCaller {
  readonly arn: string;
  readonly key: AccessKey;
}

/** What the event says about a caller with AWS credentials. */
export function iamIdentity({ arn, key }: IamCaller, accountId: string): Record<string, unknown> {
  return {
    accessKey: key.accessKeyId,
    accountId,
    callerId: key.accessKeyId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId: key.accessKeyId,
  };
}
