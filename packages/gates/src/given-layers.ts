import { FlagError, isRecord, oneOf, preview } from '@flagwright/core';
import { LAYERS, type Layer, type LayerName } from './layer.ts';

/**
 * Layers as a caller gave them, by name: several of one name are one layer with the settings of all, so that nothing of
 * them is lost. Throws `FlagError('INVALID_ARGUMENT')` for what is no layer.
 */
export function layersByName(given: readonly Layer[]): ReadonlyMap<LayerName, Layer> {
  const layers = new Map<LayerName, Layer>();
  for (const layer of given) {
    checkLayer(layer);
    const { name, settings } = layer;
    const before = layers.get(name);
    layers.set(name, before === undefined ? layer : { name, settings: [...before.settings, ...settings] });
  }
  return layers;
}

function checkLayer(layer: unknown): void {
  const wrong = (message: string): FlagError => new FlagError('INVALID_ARGUMENT', message);
  if (!isRecord(layer)) throw wrong(`${preview(layer)} is no layer; expected one, as gatesFromEnv(gates) makes it`);
  const { name, settings } = layer;
  if (!LAYERS.includes(name as LayerName)) {
    throw wrong(`there is no layer ${preview(name)}; expected ${oneOf(LAYERS)}`);
  }
  if (!Array.isArray(settings)) {
    throw wrong(`the settings of the layer ${name} are ${preview(settings)}; expected a list`);
  }
  for (const setting of settings as readonly unknown[]) {
    if (isRecord(setting) && typeof setting.name === 'string') continue;
    throw wrong(`the layer ${name} has ${preview(setting)}; expected a setting with name, enabled and from`);
  }
}
