/** Why a flag cannot be brought to a server as it is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
