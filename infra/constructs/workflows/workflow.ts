import { Fn, Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { invokeFunctions } from '../../iam/executions.ts';
import { giveReason, giveReasons } from '../../iam/wildcard-statement.ts';
import type { LogSettings, ServiceFunction } from '../function/service-function.ts';
import type { Worker } from '../worker/worker.ts';
import { checkPlaceholders, readStateMachineDefinition, withLists } from './state-machine-definition.ts';
import { parseDefinition, stripWorkerStates } from './strip-worker-states.ts';

interface WorkflowProps {
  /** In `statemachines/`. */
  readonly definitionFile: string;
  readonly nodes: readonly ServiceFunction[];
  /** If unset, the states that run on it are left out. */
  readonly worker?: Worker | undefined;
  readonly logs: LogSettings;
}

/** A standard workflow (it runs for hours and keeps its history) whose definition is a file of its own. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { definitionFile, nodes, worker, logs }: WorkflowProps) {
    super(scope, id);
    const { definition, substitutions: ofWorker, mayRun } = forWorker(definitionFile, worker);
    const substitutions = {
      ...Object.fromEntries(nodes.map(({ node, lambda }) => [`${node.id}Arn`, lambda.functionArn])),
      ...ofWorker,
    };
    checkPlaceholders(definition, Object.keys(substitutions), definitionFile);
    this.stateMachine = new StateMachine(this, 'Default', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: substitutions,
      logs: {
        destination: new LogGroup(this, 'Logs', { logGroupName: logGroupName(this), ...logs }),
        level: LogLevel.ALL,
        // The history, which the detail of a workflow reads, has the data; a second copy serves no one.
        includeExecutionData: false,
      },
    });
    this.stateMachine.addToRolePolicy(invokeFunctions(nodes.map(({ lambda }) => lambda)));
    for (const statement of mayRun) this.stateMachine.addToRolePolicy(statement);
    giveReasons(this.stateMachine, mayRun);
    // It refers to no revision, so CloudFormation would not know that the definition needs the new worker first.
    if (worker !== undefined) this.stateMachine.node.addDependency(worker.taskDefinition);
    giveReason(
      this.stateMachine,
      '*',
      'CloudWatch Logs knows no resource for the delivery of logs (Step Functions guide, "Logging").',
    );
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason:
        'X-Ray would need a right on *; a workflow is followed by its history and by the correlation id in every log line.',
    });
  }
}

interface ForWorker {
  readonly definition: string;
  readonly substitutions: Readonly<Record<string, string>>;
  readonly mayRun: readonly PolicyStatement[];
}

/** The definition with what its worker states need, or without those states. */
function forWorker(file: string, worker: Worker | undefined): ForWorker {
  const written = readStateMachineDefinition(file);
  if (worker === undefined) {
    const definition = JSON.stringify(stripWorkerStates(parseDefinition(written), file));
    return { definition, substitutions: {}, mayRun: [] };
  }
  const { definition, substitutions } = withLists(written, worker.lists);
  return { definition, substitutions: { ...worker.substitutions, ...substitutions }, mayRun: worker.mayBeRun() };
}

/**
 * Step Functions adds each log group that it delivers to to a resource policy of CloudWatch Logs, which is limited to
 * 5,120 characters per region; groups under `/aws/vendedlogs/` need no entry (Step Functions guide, "Logging"). Part of
 * the stack's id makes the name unique: log groups outlive their stack, which may be created again.
 */
function logGroupName(workflow: Workflow): string {
  const { stackName, stackId } = Stack.of(workflow);
  return `/aws/vendedlogs/states/${stackName}/${workflow.node.scope?.node.id}-${Fn.select(2, Fn.split('/', stackId))}`;
}
