#:property PublishAot=false
// Writes the price catalog that src/Usage embeds, in our own schema (docs/prices.md), from a table of price facts:
//   dotnet run scripts/make-prices.cs -- FILE > src/Usage/Pricing/prices.json
// The output depends on the input alone: the same facts give the same bytes.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

if (args is not [var file])
{
    Console.Error.WriteLine("usage: dotnet run scripts/make-prices.cs -- price-facts.json > src/Usage/Pricing/prices.json");
    return 2;
}

// What a class of the facts is called here. Classes that say nothing new are null.
var buckets = new Dictionary<string, string?>
{
    ["input"] = "input", ["cached_input_read"] = "cache_read", ["cache_write_5m"] = "cache_write_5m", ["cache_write_1h"] = "cache_write_1h",
    ["audio_input"] = "input_audio", ["audio_cached_input_read"] = "cache_audio_read", ["image_input"] = "input_image",
    ["image_cached_input_read"] = "cache_image_read", ["video_input"] = "input_video", ["output"] = "output", ["output_reasoning"] = "reasoning",
    ["output_citation"] = "citation", ["audio_output"] = "output_audio", ["image_output"] = "output_image", ["video_output"] = "output_video",
    ["request"] = "request", ["web_search"] = "web_search", ["file_search"] = "file_search", ["audio_duration"] = "audio_second",
    ["audio_input_duration"] = "input_audio_second", ["document_page"] = "document_page",
    ["annotated_document_page"] = "annotated_document_page", ["input_text_message"] = "text_message", ["embedding"] = null,
};

// Provider names of the OpenTelemetry conventions and of routers that no alias of the facts covers.
var names = new Dictionary<string, string[]>
{
    ["azure"] = ["azure.ai.inference", "az.ai.inference", "azure_ai"],
    ["fireworks"] = ["fireworks_ai", "fireworks-ai"],
    ["google"] = ["gcp.gen_ai"],
    ["x-ai"] = ["x_ai"],
};

// Where the facts are not what the provider charges and its price is known: the text that is replaced, and how often it must be there. When the
// facts change, a correction that no longer fits stops the script instead of being lost.
var corrections = new (int Times, string Wrong, string Right)[]
{
    // Groq charges half for the small safeguard model (LiteLLM and models.dev agree).
    (1, """{"id": "openai/gpt-oss-120b", "match": ["openai/gpt-oss-120b", "openai/gpt-oss-safeguard-20b"]""", """
        {"id": "openai/gpt-oss-safeguard-20b", "match": ["openai/gpt-oss-safeguard-20b"], "prices": [{"input": 0.075, "output": 0.3}]},
                {"id": "openai/gpt-oss-120b", "match": ["openai/gpt-oss-120b"]
        """),

    // Azure does not charge DeepSeek's prices by time of day (models.dev).
    (1, """{"id": "ada", "match": ["ada", "text-embedding-ada",""", """
        {"id": "deepseek-r1", "match": ["deepseek-r1", "deepseek-r1-0528"], "prices": [{"input": 1.35, "output": 5.4}]},
                {"id": "ada", "match": ["ada", "text-embedding-ada",
        """),
};

using var facts = JsonDocument.Parse(File.ReadAllBytes(file));
var root = facts.RootElement;
var source = root.GetProperty("source");
var date = Text(source, "snapshot_date");
var text = new StringBuilder();

var origin = $"{Text(source, "name")} ({Text(source, "license")}), {Text(source, "repository")}, {date}";
text.Append($"{{\n  \"schema\": 1,\n  \"date\": {Quoted(date)},\n  \"currency\": {Quoted(Text(root, "currency"))},\n  \"source\": {Quoted(origin)}");
text.Append(",\n  \"providers\": [");
text.AppendJoin(",", root.GetProperty("providers").EnumerateArray().Select(Provider));
text.Append("\n  ]\n}");
Console.OutputEncoding = new UTF8Encoding(false);
Console.Out.Write(Corrected(text.Append('\n').ToString()));
return 0;

string Corrected(string catalog)
{
    foreach (var (times, wrong, right) in corrections)
    {
        var parts = catalog.Split(wrong);
        catalog = parts.Length == times + 1
            ? string.Join(right, parts)
            : throw new InvalidDataException($"{parts.Length - 1} places to correct instead of {times}: {wrong}");
    }

    return catalog;
}

string Provider(JsonElement provider)
{
    var id = Text(provider, "id");
    var lines = new StringBuilder($"\n    {{\n      \"id\": {Quoted(id)},\n      \"name\": {Quoted(Text(provider, "name"))}");
    List<string> alias = provider.TryGetProperty("alias_match", out var match) ? Patterns(match) : [];
    alias.AddRange((names.GetValueOrDefault(id) ?? []).Select(Quoted));
    if (alias.Count > 0)
    {
        lines.Append($",\n      \"alias\": {List(alias)}");
    }

    if (provider.TryGetProperty("infer_from_model", out var infer))
    {
        lines.Append($",\n      \"infer\": {List(Patterns(infer))}");
    }

    if (provider.TryGetProperty("fallback_providers", out var fallback))
    {
        lines.Append($",\n      \"fallback\": {List(fallback.EnumerateArray().Select(p => Quoted(p.GetString()!)))}");
    }

    lines.Append($",\n      \"sources\": {List(provider.GetProperty("pricing_urls").EnumerateArray().Select(u => Quoted(u.GetString()!)))}");
    lines.Append(",\n      \"models\": [");
    if (provider.TryGetProperty("models", out var models))
    {
        lines.AppendJoin(",", models.EnumerateArray().Select(m => "\n        " + Model(m))).Append("\n      ");
    }

    return lines.Append("]\n    }").ToString();
}

string Model(JsonElement model)
{
    if (Text(model, "currency") != "USD")
    {
        throw new InvalidDataException($"{model.GetProperty("id")}: not in USD");
    }

    var prices = model.GetProperty("price_sets").EnumerateArray().Select(PriceSet);
    return $"{{\"id\": {Quoted(Text(model, "id"))}, \"match\": {List(Patterns(model.GetProperty("match")))}, \"prices\": {List(prices)}}}";
}

string PriceSet(JsonElement set)
{
    List<string> fields = [];
    foreach (var field in set.EnumerateObject())
    {
        switch (field.Name)
        {
            case "effective_from":
                fields.Add($"\"from\": {Quoted(field.Value.GetString()!)}");
                break;
            case "daily_utc":
                fields.Add($"\"daily_utc\": {Quoted($"{TimeOfDay(field.Value, "start")}-{TimeOfDay(field.Value, "end")}")}");
                break;
            case "tiers":
                fields.Add($"\"tiers\": {List(field.Value.EnumerateArray().Select(Tier))}");
                break;
            case "per_million_tokens" or "per_1k" or "per_hour":
                fields.AddRange(Prices(field.Value));
                break;
            default:
                throw new InvalidDataException($"Unknown field of a price set: {field.Name}");
        }
    }

    return $"{{{string.Join(", ", fields)}}}";
}

string Tier(JsonElement tier) =>
    $"{{\"above\": {tier.GetProperty("input_tokens_above").GetRawText()}, {string.Join(", ", Prices(tier.GetProperty("per_million_tokens")))}}}";

IEnumerable<string> Prices(JsonElement group) =>
    group.EnumerateObject().Where(p => buckets[p.Name] is not null).Select(p => $"{Quoted(buckets[p.Name]!)}: {p.Value.GetRawText()}");

string TimeOfDay(JsonElement window, string edge) =>
    Text(window, edge) is [_, _, ':', _, _, ':', '0', '0', 'Z'] time ? time[..5] : throw new InvalidDataException($"Not a whole minute in UTC: {window}");

// A list of patterns of which one must match: docs/prices.md, "Names".
List<string> Patterns(JsonElement match)
{
    var kind = match.EnumerateObject().Single();
    return kind.Name switch
    {
        "any" => [.. kind.Value.EnumerateArray().SelectMany(Patterns).Distinct()],
        "all" => [$"{{\"all\": {List(kind.Value.EnumerateArray().SelectMany(Patterns))}}}"],
        "exact" => [Name(kind.Value, "{0}")],
        "prefix" => [Name(kind.Value, "{0}*")],
        "suffix" => [Name(kind.Value, "*{0}")],
        "contains" => [Name(kind.Value, "*{0}*")],
        "regex" => [Quoted($"/{kind.Value.GetString()}/")],
        _ => throw new InvalidDataException($"Unknown kind of match: {kind.Name}"),
    };
}

// Names are compared in lower case. A pattern that ends with a major version of Claude does not take its minor versions too:
// claude-sonnet-5 is not claude-sonnet-5-5, whose price differs.
string Name(JsonElement value, string format)
{
    var name = value.GetString()!.ToLowerInvariant();
    var version = format.EndsWith("}*", StringComparison.Ordinal) && Regex.IsMatch(name, @"claude-(opus|sonnet|haiku|fable)-\d$") ? "~" : "";
    return Quoted(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, name + version));
}

string Text(JsonElement entry, string field) => entry.GetProperty(field).GetString()!;

string List(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

string Quoted(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
