// Our own API, as this page asks it.

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * The JSON of the answer. Throws {status, problem}: what the server said, or status 0 where it cannot be reached.
 * What is put away is sent to its end even if the page goes.
 */
export async function call(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { ...(body ? JSON_TYPE : {}), "Accept-Language": document.documentElement.lang, ...headers },
      body: body && JSON.stringify(body),
      keepalive: method !== "POST",
    });
  } catch {
    throw { status: 0, problem: {} };
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw { status: answer.status, problem: found };
  return found;
}
