// One purchase per iteration. With BENCH_RATE 0 the closed model: BENCH_REQUESTS iterations shared by BENCH_VUS virtual users.
// Above 0 the open model, with at most BENCH_VUS virtual users.
import http from 'k6/http';

const rate = Number(__ENV.BENCH_RATE);
const vus = Number(__ENV.BENCH_VUS);
const closed = { executor: 'shared-iterations', vus: vus, iterations: Number(__ENV.BENCH_REQUESTS), maxDuration: '30m' };
const open = {
  executor: 'constant-arrival-rate', rate: rate, timeUnit: '1s', duration: __ENV.BENCH_SPAN,
  preAllocatedVUs: vus, maxVUs: vus,
};

export const options = {
  scenarios: { purchases: rate > 0 ? open : closed },
  summaryTrendStats: ['p(90)', 'p(95)', 'p(99)', 'max'],
};

const headers = { 'Content-Type': 'application/json' };

export default function () {
  if (__ENV.BENCH_KEYED === 'true') {
    headers['Idempotency-Key'] = `${__VU}-${__ITER}`;
  }
  http.post(__ENV.BENCH_URL, __ENV.BENCH_BODY, { headers: headers });
}

export function handleSummary(data) {
  return { [__ENV.BENCH_OUT]: JSON.stringify(data.metrics) };
}
