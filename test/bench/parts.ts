/** What the bench can measure separately. */
export const PARTS = ['bundles', 'cloud', 'deletion', 'lists', 'writes', 'sweeps', 'console', 'demo'] as const;
export type Part = (typeof PARTS)[number];
