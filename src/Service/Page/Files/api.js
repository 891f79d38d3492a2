import { parse } from './decimal.js';

const keyName = 'llmtelemetry-key';

/** An answer that is none: the status (0: nobody answered) and what the service said of it. */
export class ApiError extends Error {
  constructor(status, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const key = {
  get value() { return sessionStorage.getItem(keyName); },
  set value(text) {
    if (text) {
      sessionStorage.setItem(keyName, text);
    } else {
      sessionStorage.removeItem(keyName);
    }
  },
};

/** Asks the service; numbers come as texts of their digits. */
export async function get(path, parameters, signal) {
  const query = new URLSearchParams(parameters).toString();
  const headers = { Accept: 'application/json' };
  if (key.value) {
    if (!/^[!-~]+$/.test(key.value)) {
      throw new ApiError(401, 'It has characters that no key has.');
    }
    headers.Authorization = `Bearer ${key.value}`;
  }
  let response, text;
  try {
    response = await fetch(query ? `${path}?${query}` : path, { headers, signal, cache: 'no-store', credentials: 'same-origin' });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) {
      throw cause;
    }
    throw new ApiError(0, 'Nobody answers at this address: the service is not running, or the network is down.');
  }
  const isJson = /[/+]json/.test(response.headers.get('Content-Type') ?? '');
  if (!response.ok) {
    let detail = '';
    try { detail = isJson ? parse(text).detail ?? '' : ''; } catch { /* Somebody in between answered: the status is all that is known. */ }
    throw new ApiError(response.status, detail, response.headers.get('Retry-After'));
  }
  if (!isJson) {
    throw new ApiError(response.status, 'The answer is no JSON: something else than the service answers at this address.');
  }
  return parse(text);
}
