// A purchase per iteration. BENCH_RATE 0 is the closed model: so many iterations
// shared by so many virtual users. Above 0 it is the open one, with as many
// virtual users as there are workers and not one more.
import http from 'k6/http';

const rate = Number(__ENV.BENCH_RATE);
const workers = Number(__ENV.BENCH_WORKERS);
const closed = { executor: 'shared-iterations', vus: workers, iterations: Number(__ENV.BENCH_REQUESTS), maxDuration: '30m' };
const open = {
  executor: 'constant-arrival-rate', rate: rate, timeUnit: '1s', duration: __ENV.BENCH_SPAN,
  preAllocatedVUs: workers, maxVUs: workers,
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
