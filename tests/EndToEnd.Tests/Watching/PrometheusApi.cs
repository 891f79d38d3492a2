using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>One series of an answer.</summary>
internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>What a label says; null where it is absent.</summary>
    public string? this[string label] => Labels.GetValueOrDefault(label);
}

/// <summary>What a Prometheus answers. Throws what it says where it cannot.</summary>
internal sealed class PrometheusApi(HttpClient http)
{
    /// <summary>Evaluates an expression now, or at the time given.</summary>
    public async Task<IReadOnlyList<Sample>> QueryAsync(string expression, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string>[] time = at is { } moment ? [new("time", Seconds(moment))] : [];
        using var answer = await PostAsync("query", [new("query", expression), .. time], cancellationToken);
        return answer.RootElement.GetProperty("data") is var data && data.GetProperty("resultType").GetString() == "vector"
            ? [.. data.GetProperty("result").EnumerateArray().Select(series => new Sample(LabelsOf(series), ToDouble(series.GetProperty("value")[1])))]
            : throw new InvalidOperationException($"This is a {data.GetProperty("resultType").GetString()}, and panels and rules take vectors: {expression}");
    }

    /// <summary>Evaluates an expression as a line asks for it: every value of every series.</summary>
    public async Task<IReadOnlyList<Sample>> RangeAsync(string expression, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellationToken)
    {
        using var answer = await PostAsync(
            "query_range",
            [new("query", expression), new("start", Seconds(from)), new("end", Seconds(to)), new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture))],
            cancellationToken);
        return
        [
            .. from series in answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
               let labels = LabelsOf(series)
               from point in series.GetProperty("values").EnumerateArray()
               select new Sample(labels, ToDouble(point[1])),
        ];
    }

    /// <summary>Throws where the expression is none.</summary>
    public async Task ParseAsync(string expression, CancellationToken cancellationToken)
    {
        using var answer = await PostAsync("parse_query", [new("query", expression)], cancellationToken);
    }

    /// <summary>The values of a label, of the series that match; null: of all.</summary>
    public async Task<IReadOnlyList<string>> LabelValuesAsync(string label, string? match, CancellationToken cancellationToken)
    {
        using var answer = await ReadAsync(await http.GetAsync(new Uri($"api/v1/label/{label}/values{(match is null ? "" : "?match[]=" + Uri.EscapeDataString(match))}", UriKind.Relative), cancellationToken), label, cancellationToken);
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(value => value.GetString()!)];
    }

    /// <summary>The labels of the series that match.</summary>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(string match, CancellationToken cancellationToken)
    {
        using var answer = await PostAsync("series", [new("match[]", match)], cancellationToken);
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(Labels)];
    }

    /// <summary>Each metric's type, as it arrived.</summary>
    public async Task<IReadOnlyDictionary<string, string>> TypesAsync(CancellationToken cancellationToken)
    {
        using var answer = await ReadAsync(await http.GetAsync(new Uri("api/v1/metadata", UriKind.Relative), cancellationToken), "metadata", cancellationToken);
        return answer.RootElement.GetProperty("data").EnumerateObject().ToDictionary(metric => metric.Name, metric => metric.Value[0].GetProperty("type").GetString()!);
    }

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, string> LabelsOf(JsonElement series) => Labels(series.GetProperty("metric"));

    private static Dictionary<string, string> Labels(JsonElement labels) => labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    private static double ToDouble(JsonElement text) => text.GetString()! switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var number => double.Parse(number, CultureInfo.InvariantCulture),
    };

    private async Task<JsonDocument> PostAsync(string path, KeyValuePair<string, string>[] fields, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await ReadAsync(await http.PostAsync(new Uri("api/v1/" + path, UriKind.Relative), form, cancellationToken), fields[0].Value, cancellationToken);
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, string asked, CancellationToken cancellationToken)
    {
        using (response)
        {
            var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            if (answer.RootElement.GetProperty("status").GetString() == "success")
            {
                return answer;
            }

            using (answer)
            {
                throw new InvalidOperationException($"{answer.RootElement.GetProperty("error").GetString()}: {asked}");
            }
        }
    }
}
