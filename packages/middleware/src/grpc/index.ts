export { type GrpcCall, type GrpcFound, grpcInterceptor } from './interceptor.ts';
export { type GrpcGuardOptions, requireFlag } from './require-flag.ts';
