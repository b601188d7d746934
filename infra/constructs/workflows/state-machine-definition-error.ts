/** A definition that would fail at deployment, or worse, when an execution reaches the state. It stops the synth. */
export class StateMachineDefinitionError extends Error {
  override readonly name = 'StateMachineDefinitionError';
}
