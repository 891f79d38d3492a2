// Checks Grafana dashboards against Grafana's own types: node validate.mjs MAJOR FILE...   (MAJOR: 12 or 13)
// Prints each mistake as "file: where: what", and ends with 1 where there is one.
import fs from 'node:fs';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { Ajv } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const [major, ...files] = process.argv.slice(2);
const grafana = path.join(import.meta.dirname, 'node_modules', `grafana-schema-${major}`);

// Its types of panels import the package by its own name, which is another one here.
const self = path.join(grafana, 'node_modules/@grafana/schema');
if (!fs.existsSync(self)) {
    fs.mkdirSync(path.dirname(self), { recursive: true });
    fs.symlinkSync(grafana, self, 'dir');
}

const ajv = new Ajv({ strict: false, allErrors: true });

function schemaOf(file, type, change = () => {}) {
    const schema = createGenerator({ path: path.join(grafana, 'dist/types/raw', file), type, skipTypeCheck: true }).createSchema(type);
    change(schema.definitions);
    return ajv.compile(schema);
}

// What the types leave to each data source: a Prometheus query, and an annotation that is made of one
// (packages/grafana-prometheus/src of grafana/grafana 13.2: dataquery.ts, annotations.ts).
const words = ['titleFormat', 'textFormat', 'tagKeys'];
const target = {
    type: 'object', additionalProperties: false, required: ['refId', 'expr'],
    properties: {
        refId: { type: 'string' }, expr: { type: 'string', minLength: 1 }, datasource: {}, editorMode: { enum: ['code', 'builder'] }, legendFormat: { type: 'string' },
        format: { enum: ['time_series', 'table', 'heatmap'] }, instant: { type: 'boolean' }, range: { type: 'boolean' }, exemplar: { type: 'boolean' }, interval: { type: 'string' }, hide: { type: 'boolean' },
    },
};
const dashboard = schemaOf('dashboard/x/types.gen.d.ts', 'Dashboard', definitions => {
    definitions.AnnotationTarget = { anyOf: [definitions.AnnotationTarget, target] };
    Object.assign(definitions.AnnotationQuery.properties, Object.fromEntries(words.map(word => [word, { type: 'string' }])));
});
const query = ajv.compile(target);

// A panel says only what differs from the defaults, so nothing is required of it at the top.
const lenient = type => definitions => delete definitions[type].required;
const panels = {};

function panelOf(type) {
    const file = `composable/${type}/panelcfg/x/types.gen.d.ts`;
    const source = path.join(grafana, 'dist/types/raw', file);
    if (!fs.existsSync(source)) {
        return undefined;
    }

    const typesOf = name => new RegExp(`export interface ${name}\\b`).test(fs.readFileSync(source, 'utf8'));
    return panels[type] ??= {
        options: schemaOf(file, 'Options', lenient('Options')),
        custom: typesOf('FieldConfig') ? schemaOf(file, 'FieldConfig', lenient('FieldConfig')) : undefined,
    };
}

function* mistakesOf(file) {
    const board = JSON.parse(fs.readFileSync(file, 'utf8'));
    yield* found(dashboard, board, '');
    for (const [index, panel] of (board.panels ?? []).entries()) {
        const at = `/panels/${index}`;
        if (panel.type === 'row') {
            continue;
        }

        const types = panelOf(panel.type);
        if (!types) {
            yield [`${at}/type`, `Grafana ${major} has no types of a panel '${panel.type}'`];
            continue;
        }

        yield* found(types.options, panel.options ?? {}, `${at}/options`);
        const custom = panel.fieldConfig?.defaults?.custom;
        if (custom) {
            yield* types.custom ? found(types.custom, custom, `${at}/fieldConfig/defaults/custom`) : [[`${at}/fieldConfig/defaults/custom`, 'this panel has none']];
        }

        for (const [number, one] of (panel.targets ?? []).entries()) {
            yield* found(query, one, `${at}/targets/${number}`);
            yield* unparsed(one.expr ?? '', `${at}/targets/${number}/expr`);
        }
    }

    for (const [index, annotation] of (board.annotations?.list ?? []).entries()) {
        if (annotation.target?.expr) {
            yield* unparsed(annotation.target.expr, `/annotations/list/${index}/target/expr`);
        }
    }
}

function* found(validate, data, at) {
    if (!validate(data)) {
        yield* validate.errors.map(error => [at + error.instancePath, `${error.message} ${JSON.stringify(error.params)}`]);
    }
}

// Grafana fills in variables before Prometheus reads the text.
function* unparsed(expression, at) {
    const filled = expression.replace(/\$__\w+_ms/g, '60000').replace(/\$__\w+|\$\{?interval\}?/g, '1m').replace(/\$\{\w+(:\w+)?\}|\$\w+/g, 'x');
    for (const cursor = parser.parse(filled).cursor(); cursor.next();) {
        if (cursor.type.isError) {
            yield [at, `not PromQL at ${cursor.from}: ${filled.slice(Math.max(0, cursor.from - 40), cursor.from + 40)}`];
            return;
        }
    }
}

let mistakes = 0;
for (const file of files) {
    for (const [where, what] of mistakesOf(file)) {
        mistakes++;
        console.log(`${path.basename(file)}: ${where}: ${what}`);
    }
}

console.log(`${files.length} dashboards, ${mistakes} mistakes by the types of Grafana ${major}`);
process.exitCode = mistakes === 0 ? 0 : 1;
