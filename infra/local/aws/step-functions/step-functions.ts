import type { LoopbackServer } from '../../http/loopback-server.ts';
import type { AwsDoor } from '../aws-door.ts';
import { listenAsJsonService } from '../json-service.ts';
import { describeExecution } from './actions/describe-execution.ts';
import { describeStateMachine } from './actions/describe-state-machine.ts';
import { getExecutionHistory } from './actions/get-execution-history.ts';
import { listExecutions } from './actions/list-executions.ts';
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess } from './actions/send-task.ts';
import { startExecution } from './actions/start-execution.ts';
import { stopExecution } from './actions/stop-execution.ts';
import type { ExecutionStore } from './execution-store.ts';

/** Serves the Step Functions API. */
export function listenAsStepFunctions(store: ExecutionStore, door: AwsDoor): Promise<LoopbackServer> {
  return listenAsJsonService(
    {
      service: 'sfn',
      targetPrefix: 'AWSStepFunctions',
      version: '1.0',
      actions: {
        DescribeExecution: describeExecution(store),
        DescribeStateMachine: describeStateMachine(store),
        GetExecutionHistory: getExecutionHistory(store),
        ListExecutions: listExecutions(store),
        SendTaskFailure: sendTaskFailure(store),
        SendTaskHeartbeat: sendTaskHeartbeat(store),
        SendTaskSuccess: sendTaskSuccess(store),
        StartExecution: startExecution(store),
        StopExecution: stopExecution(store),
      },
    },
    door,
  );
}
