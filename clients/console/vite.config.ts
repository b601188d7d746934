import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, since the page is served at /console by `npm start`, and at / by CloudFront and the command line.
  base: './',
  build: { target: 'es2024', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2_000 },
  clearScreen: false,
  logLevel: 'error',
});
