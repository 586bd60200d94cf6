import type {
  Metadata,
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
} from '@grpc/grpc-js';
import { addressOfPeer } from '../address.ts';
import { checkKnown } from '../invalid.ts';
import { CONTEXT_OPTIONS, type ContextOptions } from '../options.ts';
import { scopes } from '../scope.ts';
import { scopedCall } from './scoped-call.ts';

/** A call of gRPC, as a context is made from it. */
export interface GrpcCall {
  readonly metadata: Metadata;
  /** The method: `/package.Service/Method`. */
  readonly path: string;
  /** Who is connected, as grpc-js tells it: `address:port`, or `unknown`. */
  readonly peer: string;
  /** The call itself, for its deadline, its host, or (grpc-js 1.14) the certificate of the peer. */
  readonly call: ServerInterceptingCallInterface;
}

/** What is found in a call without asking: `ip`, if it is known. */
export type GrpcFound = { readonly ip: string } | Readonly<Record<string, never>>;

/**
 * The interceptor that gives each call of gRPC its context: `new Server({ interceptors: [grpcInterceptor()] })`. The
 * handlers of all four types evaluate flags with it, and so do the events of their streams, errors and cancellation
 * among them. By default it is the address of who is connected (`ip`), and nothing from the metadata. A context that
 * cannot be told never fails a call. Throws `INVALID_ARGUMENT` for options that make no sense.
 */
export function grpcInterceptor(options: ContextOptions<GrpcCall, GrpcFound> = {}): ServerInterceptor {
  const what = 'grpcInterceptor';
  checkKnown(what, options, CONTEXT_OPTIONS);
  const scopeOf = scopes<GrpcCall, GrpcFound>(what, options, ({ peer }): GrpcFound => {
    const ip = addressOfPeer(peer);
    return ip === undefined ? {} : { ip };
  });
  return ({ path }, call) =>
    asCall(scopedCall(call, (metadata) => scopeOf({ metadata, path, peer: call.getPeer(), call })));
}

/** What an interceptor returns is declared as a class; it is used by its methods alone. */
export function asCall(call: ServerInterceptingCallInterface): ServerInterceptingCall {
  return call as ServerInterceptingCall;
}
