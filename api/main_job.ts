// The whole main job by the generated TypeScript client, each answer typed. The test pays: it is told where, and says when.

import createClient from "openapi-fetch";
import { createInterface } from "node:readline/promises";

import type { components, paths } from "../build/clients/typescript/cinema.d.ts";

type Problem = components["schemas"]["Problem"];
const PASSWORD = "a long sentence nobody knows";
const url = process.argv[2] ?? "";
const lines = createInterface({ input: process.stdin });
const key = (): { "Idempotency-Key": string } => ({ "Idempotency-Key": crypto.randomUUID() });

/** The answer, which has to be there. */
function got<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? "no answer");
  return answer.data;
}

function expect(holds: boolean, wish: string): void {
  if (!holds) throw new Error(wish);
}

/** What `ask` says once it is done; it has a minute. */
async function until<T>(ask: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 240; tries++) {
    const found = await ask();
    if (isDone(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("it took too long");
}

const stranger = createClient<paths>({ baseUrl: url });
const login = `ts${crypto.randomUUID().slice(0, 8)}`;
const account = { login, email: `${login}@example.org`, password: PASSWORD, language: "en", time_zone: "Europe/Moscow" } as const;
got(await stranger.POST("/v1/auth/register", { body: account }));
const signedIn = got(
  await until(
    () => stranger.POST("/v1/auth/login", { body: { login, password: PASSWORD, cookie: false } }),
    (answer) => answer.data !== undefined,
  ),
);
const viewer = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${signedIn.access_token}` } });
const film = got(await stranger.GET("/v1/films", { params: { query: { sort: "-year", limit: 1 } } })).items[0];
const plan = got(await stranger.GET("/v1/plans")).items[0];
if (film === undefined || plan === undefined) throw new Error("there are films and plans");
const access = async (): Promise<components["schemas"]["AccessView"]> =>
  got(await viewer.GET("/v1/films/{film_id}/access", { params: { path: { film_id: film.id } } }));
expect(!(await access()).allowed, "no access before paying");

const checkout = got(
  await viewer.POST("/v1/subscriptions", {
    params: { header: key() },
    body: { plan: plan.plan, return_url: `${url}/`, save_method: true },
  }),
);
const order = async (): Promise<components["schemas"]["OrderDetails"]> =>
  got(await viewer.GET("/v1/orders/{order_id}", { params: { path: { order_id: checkout.order.id } } }));
console.log(checkout.order.payment_url);
await lines[Symbol.asyncIterator]().next();
await until(order, (details) => details.order.status === "paid");
expect((await access()).allowed, "access once it is paid");

if (checkout.subscription === null) throw new Error("a plan has a subscription");
const canceled = got(
  await viewer.POST("/v1/subscriptions/{subscription_id}/cancellation", {
    params: { path: { subscription_id: checkout.subscription.id }, header: key() },
  }),
);
expect(canceled.renews_at === null && canceled.renewal !== "on", "it renews no more");
const refund = got(
  await viewer.POST("/v1/orders/{order_id}/refunds", {
    params: { path: { order_id: checkout.order.id }, header: key() },
    body: { reason: "not for me" },
  }),
);
expect(refund.amount.minor === plan.price.minor, "all of it goes back");
const done = await until(order, (details) => details.order.status === "refunded");
expect(done.refunds.every((one) => one.status === "succeeded") && done.refunds.length === 1, "one refund");
const refused = await viewer.GET("/v1/orders/{order_id}", { params: { path: { order_id: crypto.randomUUID() } } });
expect(refused.error?.code === "order-not-found", "a refusal is a problem");
console.log("done");
process.exit(0);
