using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage;

/// <summary>Gathers the models of a feed and writes them as a price file. The order of the feed is kept: it is the order in which names are tried.</summary>
internal sealed class FeedBook
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<FeedNote> _notes = [];
    private readonly Dictionary<string, Provider> _providers = new(StringComparer.Ordinal);

    public IReadOnlyList<FeedNote> Notes => _notes;

    public int Models => _providers.Values.Sum(p => p.Models.Count);

    public int WithoutPrices { get; set; }

    public void Note(string entry, string what) => _notes.Add(new FeedNote(Line(entry), Line(what)));

    /// <summary>Sets what the feed itself says of a provider: name, alias, infer, fallback.</summary>
    public void Describe(string provider, JsonObject names) => Of(provider).Names = names;

    /// <param name="provider">Id of the provider in the price file.</param>
    /// <param name="entry">The feed's name of the entry.</param>
    /// <param name="id">Id of the model in the price file.</param>
    /// <param name="match">The patterns of its names.</param>
    /// <param name="sets">The price sets: the last that holds counts.</param>
    public void Add(string provider, string entry, string id, JsonArray match, params IReadOnlyCollection<FeedPrices> sets)
    {
        if (provider.Length == 0 || id.Length == 0)
        {
            Note(entry, "is left out: it has no name");
            return;
        }

        FeedPrices[] counting = [.. sets.Where((set, i) => !sets.Skip(i + 1).Any(later => later.Covers(set)))];
        if (counting.Length != sets.Count)
        {
            Note(entry, "has price sets that never count, which are left out: one behind them holds whenever they do");
        }

        var prices = new JsonArray([.. counting.Select(s => s.ToJson())]).ToJsonString(Readable);
        var isFree = Array.TrueForAll(counting, s => s.IsFree);
        var models = Of(provider).Models;
        if (models.TryGetValue(id, out var twin))
        {
            if (twin.IsFree && !isFree)
            {
                Note(entry, $"{provider}/{id} is there before and free: these prices count");
            }
            else if (twin.Prices != prices)
            {
                Note(entry, $"{provider}/{id} is there before with other prices, which count");
                return;
            }

            match = new JsonArray([.. twin.Match.Concat(match).Select(p => p!.ToJsonString()).Distinct().Select(p => JsonNode.Parse(p))]);
        }

        models[id] = (match, prices, isFree);
    }

    /// <summary>Tells, behind all other notes, what costs nothing: lists write 0 for what they do not know, too.</summary>
    public void NoteFree()
    {
        foreach (var provider in _providers.Values)
        {
            foreach (var (id, _) in provider.Models.Where(m => m.Value.IsFree))
            {
                Note($"{provider.Id}/{id}", "every price is 0: it is free, or the list does not know its price");
            }
        }
    }

    public byte[] Write(string source, DateOnly date)
    {
        var embedded = FeedProviders.Embedded();
        var root = $"{{\n  \"schema\": 1,\n  \"date\": \"{date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}\",\n  \"currency\": \"USD\",\n";
        var text = new StringBuilder(root).Append(CultureInfo.InvariantCulture, $"  \"source\": {Text(source)},\n  \"providers\": [");

        // Those that the embedded book does not know come first: their exact names are tried before its broad ones.
        var order = _providers.Values.OrderBy(p => embedded.ContainsKey(p.Id)).ThenBy(p => p.Id, StringComparer.Ordinal);
        return Encoding.UTF8.GetBytes(text.AppendJoin(",", order.Select(p => Render(p, embedded))).Append("\n  ]\n}\n").ToString());
    }

    private string Render(Provider provider, Dictionary<string, JsonObject> embedded)
    {
        var known = embedded.GetValueOrDefault(provider.Id) ?? FeedProviders.OwnNames(provider.Id);
        var text = new StringBuilder($"\n    {{\n      \"id\": {Text(provider.Id)}");
        text.Append(CultureInfo.InvariantCulture, $",\n      \"name\": {Text((provider.Names["name"] ?? known["name"])?.GetValue<string>() ?? provider.Id)}");
        Append(text, "alias", Union(provider.Names["alias"], known["alias"]));
        Append(text, "infer", Union(provider.Names["infer"], provider.Names["infer"] is null ? known["infer"] : null));
        var fallback = Union(provider.Names["fallback"] ?? known["fallback"], null);
        Append(text, "fallback", [.. fallback.Where(f => _providers.ContainsKey(JsonNode.Parse(f)!.GetValue<string>()))]);
        var models = provider.Models.Select(m => $"\n        {{\"id\": {Text(m.Key)}, \"match\": {m.Value.Match.ToJsonString(Readable)}, \"prices\": {m.Value.Prices}}}");
        return text.Append(",\n      \"models\": [").AppendJoin(",", models).Append("\n      ]\n    }").ToString();
    }

    private static string[] Union(JsonNode? first, JsonNode? second) =>
        [.. new[] { first, second }.OfType<JsonArray>().SelectMany(a => a).Select(n => n!.ToJsonString(Readable)).Distinct()];

    private static void Append(StringBuilder text, string field, string[] values)
    {
        if (values.Length != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $",\n      \"{field}\": [{string.Join(", ", values)}]");
        }
    }

    private static string Text(string value) => JsonValue.Create(value).ToJsonString(Readable);

    // A note is a line for people, whatever the list has there: text over several lines, or characters that steer a terminal.
    private static string Line(string text) => string.Join(' ', string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private Provider Of(string id)
    {
        if (!_providers.TryGetValue(id, out var provider))
        {
            _providers[id] = provider = new Provider(id);
        }

        return provider;
    }

    private sealed class Provider(string id)
    {
        public string Id => id;

        public JsonObject Names { get; set; } = [];

        public OrderedDictionary<string, (JsonArray Match, string Prices, bool IsFree)> Models { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}
