#!/usr/bin/env node
// `npm ci` builds nothing: the first call bundles the sources, later ones only when they have changed.
import { pathToFileURL } from 'node:url';
import { BUNDLE, build, isStale } from './build.js';

if (isStale()) await build();
await import(pathToFileURL(BUNDLE).href);
