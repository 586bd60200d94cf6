import { OpenFeatureEventEmitter } from '@openfeature/server-sdk';

/** OpenFeature's emitter without the limit of ten listeners: the SDK adds one for every domain and never takes it away. */
export class ProviderEmitter extends OpenFeatureEventEmitter {
  constructor() {
    super();
    this.eventEmitter.setMaxListeners(0);
  }
}
