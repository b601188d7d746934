import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import { tokenBucket } from '../token-bucket.ts';

const stageSchema = z.object({
  DefaultRouteSettings: z
    .object({ ThrottlingRateLimit: z.number().optional(), ThrottlingBurstLimit: z.number().optional() })
    .default({}),
});

/** An account's limits per region, which apply to a stage without limits of its own (API Gateway guide, "Quotas"). */
const ACCOUNT_RATE = 10_000;
const ACCOUNT_BURST = 5_000;

/**
 * The limit of the template's stage, as API Gateway's token bucket.
 * @returns whether another request may come in; `now` in milliseconds
 */
export function throttleOf(stack: Stack): (now?: number) => boolean {
  const [stage] = stack.resourcesOf('AWS::ApiGatewayV2::Stage');
  const { DefaultRouteSettings: limits } = stageSchema.parse(stage?.properties ?? {});
  const { ThrottlingRateLimit: rate = ACCOUNT_RATE, ThrottlingBurstLimit: burst = ACCOUNT_BURST } = limits;
  return tokenBucket(rate, burst);
}
