/** A definition that would fail when it is deployed, or worse, when an execution comes to the place. It stops the synth. */
export class StateMachineDefinitionError extends Error {
  override readonly name = 'StateMachineDefinitionError';
}
