// True token counts of the texts beside this file, for TokenEstimateTests:
//   D=$(mktemp -d) && npm install --prefix "$D" gpt-tokenizer@4.0.0 @anthropic-ai/tokenizer@0.0.4 && NODE_PATH="$D/node_modules" node count.mjs > counts.json
// o200k_base: OpenAI since GPT-4o. cl100k_base: GPT-4 and GPT-3.5. claude: Anthropic's public tokenizer, of Claude 2; newer models count up to a third more.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.NODE_PATH + '/');
const encodings = {
  o200k_base: require('gpt-tokenizer/cjs/encoding/o200k_base').countTokens,
  cl100k_base: require('gpt-tokenizer/cjs/encoding/cl100k_base').countTokens,
  claude: require('@anthropic-ai/tokenizer').countTokens,
};

const counts = {};
for (const name of readdirSync(import.meta.dirname).filter((n) => n.endsWith('.txt')).sort()) {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  counts[name] = { characters: text.length };
  for (const [encoding, count] of Object.entries(encodings)) {
    counts[name][encoding] = count(text);
  }
}

console.log(JSON.stringify(counts, null, 2));
