using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>A template variable of a dashboard.</summary>
internal sealed partial class GrafanaVariable(JsonElement json)
{
    public string Name { get; } = json.GetProperty("name").GetString()!;

    public string Type { get; } = json.GetProperty("type").GetString()!;

    /// <summary>What it asks the data source, or its values where it asks none.</summary>
    public string Query { get; } = QueryOf(json);

    public bool IsOfTheDataSource => Type == "query";

    /// <summary>Whether values are parts of a regular expression.</summary>
    public bool TakesSeveral { get; } = Flag(json, "multi") || Flag(json, "includeAll");

    /// <summary>What All is; null: each of the values.</summary>
    public string? AllValue { get; } = json.TryGetProperty("allValue", out var all) && all.ValueKind == JsonValueKind.String && all.GetString()!.Length > 0 ? all.GetString() : null;

    public bool HasAll { get; } = Flag(json, "includeAll");

    /// <summary>What a label_values asks: the label, and the series that are to have it; null: all.</summary>
    public (string Label, string? Match) LabelValues => LabelValuesOf().Match(Query) is { Success: true } asked
        ? (asked.Groups["label"].Value, asked.Groups["match"].Success ? asked.Groups["match"].Value : null)
        : throw new NotSupportedException($"{Name} asks for {Query}: variables ask for label_values, which needs no regular expression to be read");

    /// <summary>The values that it offers, the data source asked where it has them; the values of the variables before it are filled in.</summary>
    public async Task<IReadOnlyList<string>> OptionsAsync(PrometheusApi prometheus, IReadOnlyDictionary<string, string> filled, CancellationToken cancellationToken)
    {
        if (!IsOfTheDataSource)
        {
            return Type is "datasource" ? [] : [.. Query.Split(',').Select(option => option.Split(" : ")[^1].Trim())];
        }

        var (label, match) = LabelValues;
        return await prometheus.LabelValuesAsync(label, match is null ? null : GrafanaText.Fill(match, filled), cancellationToken);
    }

    /// <summary>What is sent for All, or for the first value of a variable that has no All.</summary>
    public string All(IReadOnlyList<string> options) =>
        !HasAll ? options.Count == 0 ? "" : Of(options[0])
        : AllValue ?? (options.Count == 0 ? "" : GrafanaText.Chosen(options));

    /// <summary>What is sent for values that were chosen.</summary>
    public string Of(params IReadOnlyList<string> values) => TakesSeveral ? GrafanaText.Chosen(values) : GrafanaText.Single(values[0]);

    // The data source's own form has the text in an object.
    private static string QueryOf(JsonElement json) => !json.TryGetProperty("query", out var query) ? "" : query.ValueKind == JsonValueKind.Object ? query.GetProperty("query").GetString()! : query.GetString()!;

    private static bool Flag(JsonElement json, string name) => json.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;

    [GeneratedRegex(@"^label_values\(\s*(?:(?<match>.+?)\s*,\s*)?(?<label>[a-zA-Z_]\w*)\s*\)$", RegexOptions.Singleline)]
    private static partial Regex LabelValuesOf();
}
