import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilePattern } from '../../../infra/local/aws/events/event-pattern.ts';
import { compileSchedule } from '../../../infra/local/aws/events/schedule.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, stateMachineResource } from './fixture-template.ts';
import { receivedFrom } from './received-from.ts';
import { sdkClients } from './sdk-clients.ts';

describe('a schedule', () => {
  const at = (time: string) => new Date(time);

  it.each([
    ['rate(5 minutes)', 5, true],
    ['rate(5 minutes)', 7, false],
    ['rate(5 minutes)', 0, false],
    ['rate(1 hour)', 120, true],
    ['rate(1 day)', 1440, true],
  ])('%s after %i minutes: %s', (expression, minutes, due) => {
    expect(compileSchedule(expression)(at('2026-03-04T05:06:00Z'), minutes)).toBe(due);
  });

  it.each([
    ['cron(0 10 * * ? *)', '2026-03-04T10:00:00Z', true],
    ['cron(0 10 * * ? *)', '2026-03-04T10:01:00Z', false],
    ['cron(0/15 * * * ? *)', '2026-03-04T23:45:00Z', true],
    ['cron(15,45 8-17 ? * MON-FRI *)', '2026-03-06T17:45:00Z', true],
    ['cron(15,45 8-17 ? * MON-FRI *)', '2026-03-07T17:45:00Z', false],
    ['cron(0 0 1 JAN ? 2027)', '2027-01-01T00:00:00Z', true],
    ['cron(0 0 ? * 1 *)', '2026-03-08T00:00:00Z', true],
  ])('%s at %s: %s', (expression, time, due) => {
    expect(compileSchedule(expression)(at(time), 0)).toBe(due);
  });

  it.each([
    'rate(five minutes)',
    'cron(0 10 * * ?)',
    'cron(0 10 L * ? *)',
    'cron(0 10 ? * 6#3 *)',
    'at(2026-01-01T00:00:00)',
  ])('that is not supported exactly is an error: %s', (expression) => {
    expect(() => compileSchedule(expression)).toThrow('the local EventBridge does not support');
  });
});

describe('an event pattern', () => {
  const event = { source: 'aws.states', detail: { status: 'FAILED', names: ['a', 'b'], cause: null } };

  it.each([
    [{ source: ['aws.states'] }, true],
    [{ source: ['other', 'aws.states'], detail: { status: ['FAILED'] } }, true],
    [{ source: ['aws.states'], detail: { status: ['SUCCEEDED'] } }, false],
    [{ detail: { names: ['b'] } }, true],
    [{ detail: { cause: [null] } }, true],
    [{ source: [{ prefix: 'aws.' }] }, true],
    [{ source: [{ suffix: '.s3' }] }, false],
    [{ source: [{ 'anything-but': ['aws.s3'] }] }, true],
    [{ source: [{ 'anything-but': 'aws.states' }] }, false],
    [{ source: [{ 'equals-ignore-case': 'AWS.STATES' }] }, true],
    [{ detail: { status: [{ exists: true }], missing: [{ exists: false }] } }, true],
    [{ missing: { deeper: ['x'] } }, false],
  ])('%j: %s', (pattern, matches) => {
    expect(compilePattern(pattern)(event)).toBe(matches);
  });

  it('with an unknown operator is an error', () => {
    expect(() => compilePattern({ source: [{ cidr: '10.0.0.0/8' }] })).toThrow('operator "cidr"');
  });
});

describe('rules of the template', () => {
  let cloud: LocalCloud;
  const received: { function: string; event: Record<string, unknown> }[] = [];

  const receivedBy = (name: string, matches: (event: Record<string, unknown>) => boolean) =>
    until(`an event at ${name}`, () => received.find((each) => each.function === name && matches(each.event))?.event);

  beforeAll(async () => {
    const log = { code: 'export const handler = async (event) => { console.info(event); return event; };' };
    const failing = {
      code: `let attempts = 0;
        export const handler = async ({ times }) => {
          console.info({ attempt: (attempts += 1) });
          if (attempts <= times) throw new Error('not yet');
        };`,
    };
    const dead = { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } };
    const failingRule = (id: string, times: number) => ({
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 hour)',
        Targets: target(id, { Input: JSON.stringify({ times }) }),
      },
    });
    const repeatedTwice = (id: string) => ({
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: id },
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: dead.Arn } },
      },
    });
    const target = (id: string, more: object = {}) => [{ Id: 'T', Arn: { 'Fn::GetAtt': [id, 'Arn'] }, ...more }];
    cloud = await startLocalCloud({
      template: {
        Resources: {
          ...functionResources({
            OnEnd: log,
            OnSchedule: log,
            OnOwn: log,
            Work: log,
            Shaky: failing,
            Hopeless: failing,
          }),
          Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
          ShakyRule: failingRule('Shaky', 2),
          ShakyRetries: repeatedTwice('Shaky'),
          HopelessRule: failingRule('Hopeless', 9),
          HopelessRetries: repeatedTwice('Hopeless'),
          NowhereRule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              EventPattern: { source: ['lost'] },
              Targets: [
                { Id: 'T', Arn: 'arn:aws:lambda:us-east-1:111122223333:function:gone', DeadLetterConfig: dead },
              ],
            },
          },
          Machine: stateMachineResource(
            { StartAt: 'wait', States: { wait: { Type: 'Wait', Seconds: 60, End: true } } },
            {},
          ),
          EndRule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              EventPattern: {
                source: ['aws.states'],
                'detail-type': ['Step Functions Execution Status Change'],
                detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ Ref: 'Machine' }] },
              },
              Targets: target('OnEnd'),
            },
          },
          ScheduleRule: {
            Type: 'AWS::Events::Rule',
            Properties: { ScheduleExpression: 'rate(5 minutes)', Targets: target('OnSchedule') },
          },
          InputRule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              ScheduleExpression: 'rate(1 hour)',
              Targets: target('OnSchedule', { Input: '{"fixed":true}' }),
            },
          },
          OwnRule: {
            Type: 'AWS::Events::Rule',
            Properties: { EventPattern: { source: ['own'] }, Targets: target('OnOwn') },
          },
          OffRule: {
            Type: 'AWS::Events::Rule',
            Properties: { State: 'DISABLED', EventPattern: { source: ['own'] }, Targets: target('OnEnd') },
          },
        },
        Outputs: { Machine: { Value: { Ref: 'Machine' } } },
      },
      log: (line, name) => received.push({ function: name.replace('local-', ''), event: JSON.parse(line).message }),
    });
  });

  afterAll(() => cloud.stop());

  it('receive an execution that ends badly, with the fields of AWS', async () => {
    const { stepFunctions } = sdkClients(cloud.endpoints);
    const start = new StartExecutionCommand({
      stateMachineArn: cloud.outputs.Machine,
      name: 'stopped',
      input: '{"a":1}',
    });
    const { executionArn } = await stepFunctions.send(start);

    await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'E', cause: 'C' }));

    const event = await receivedBy('OnEnd', () => true);
    expect(event).toMatchObject({
      version: '0',
      source: 'aws.states',
      account: '111122223333',
      resources: [executionArn],
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      detail: {
        executionArn,
        stateMachineArn: cloud.outputs.Machine,
        name: 'stopped',
        status: 'ABORTED',
        startDate: expect.any(Number),
        stopDate: expect.any(Number),
        input: '{"a":1}',
        output: null,
        error: 'E',
        cause: 'C',
      },
    });
    // The start of the execution was an event too, which the pattern excludes.
    expect(received.filter((each) => each.function === 'OnEnd')).toHaveLength(1);
  });

  it('fire at the given time, with the scheduled event', async () => {
    await cloud.fireRule('ScheduleRule', new Date('2026-03-29T01:05:00Z'));

    expect(await receivedBy('OnSchedule', (event) => 'source' in event)).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time: '2026-03-29T01:05:00Z',
      resources: ['arn:aws:events:us-east-1:111122223333:rule/local-ScheduleRule'],
      detail: {},
    });
  });

  it("send the template's fixed input", async () => {
    await cloud.fireRule('InputRule');

    expect(await receivedBy('OnSchedule', (event) => 'fixed' in event)).toEqual({ fixed: true });
  });

  it('without a schedule cannot be fired', async () => {
    await expect(cloud.fireRule('OwnRule')).rejects.toThrow('no scheduled rule "OwnRule"');
  });

  const put = (Entries: object[]) =>
    fetch(cloud.endpoints.eventbridge, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
      body: JSON.stringify({ Entries }),
    });

  it('receive events that are put', async () => {
    const response = await put([
      { Source: 'own', DetailType: 'Test', Detail: '{"n":1}' },
      { Source: 'own', DetailType: 'Test', Detail: 'not json' },
    ]);

    expect(await response.json()).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{}, { ErrorCode: 'MalformedDetail' }],
    });
    expect(await receivedBy('OnOwn', () => true)).toMatchObject({ 'detail-type': 'Test', detail: { n: 1 } });
  });

  const attemptsOf = (name: string) =>
    received.filter((each) => each.function === name && each.event.attempt !== undefined);

  it('call their functions up to three times', async () => {
    await cloud.fireRule('ShakyRule');

    expect(attemptsOf('Shaky')).toHaveLength(3);
    expect(await receivedFrom(cloud, 'local-Dead')).toEqual([]);
  });

  it('leave a dead letter if a function fails each time, with the event and the error', async () => {
    await cloud.fireRule('HopelessRule');

    expect(attemptsOf('Hopeless')).toHaveLength(3);
    expect(await receivedFrom(cloud, 'local-Dead')).toMatchObject([
      {
        body: {
          version: '1.0',
          requestContext: {
            functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:local-Hopeless:$LATEST',
            condition: 'RetriesExhausted',
            approximateInvokeCount: 3,
          },
          requestPayload: { times: 9 },
          responseContext: { statusCode: 200, functionError: 'Unhandled' },
          responsePayload: { errorType: 'Error', errorMessage: 'not yet' },
        },
      },
    ]);
  });

  it('leave a dead letter if their target is missing, with the event and the reason', async () => {
    await put([{ Source: 'lost', DetailType: 'Test', Detail: '{"n":2}' }]);

    const letter = await until('the dead letter', async () =>
      (await receivedFrom(cloud, 'local-Dead')).find(({ attributes }) => 'RULE_ARN' in attributes),
    );
    expect(letter).toMatchObject({
      body: { source: 'lost', detail: { n: 2 } },
      attributes: {
        RULE_ARN: 'arn:aws:events:us-east-1:111122223333:rule/local-NowhereRule',
        TARGET_ARN: 'arn:aws:lambda:us-east-1:111122223333:function:gone',
        ERROR_CODE: 'RESOURCE_NOT_FOUND',
      },
    });
  });
});
