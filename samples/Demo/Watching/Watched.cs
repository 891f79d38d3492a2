using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Demo;

/// <summary>What Prometheus and Alertmanager show, by their own APIs.</summary>
internal sealed class Watched(Uri prometheus, Uri alertmanager) : IDisposable
{
    private static readonly TimeSpan Shown = TimeSpan.FromHours(3);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Whether a query has data: now, or where a panel draws it, in the last hours.</summary>
    /// <exception cref="IOException">Prometheus does not understand it.</exception>
    public async Task<bool> HasDataAsync(PanelQuery query, CancellationToken cancellationToken)
    {
        var (path, fields) = query.Step is { } step ? ("api/v1/query_range", Drawn(step)) : ("api/v1/query", []);
        using var form = new FormUrlEncodedContent([new("query", query.Expression), .. fields]);
        using var response = await _http.PostAsync(new Uri(prometheus, path), form, cancellationToken);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return response.IsSuccessStatusCode
            ? answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0
            : throw new IOException($"Prometheus does not understand {query.Expression}: {answer.RootElement.GetProperty("error")}");
    }

    /// <summary>The names of the alerts that fire.</summary>
    public async Task<IReadOnlySet<string>> FiringAsync(CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(new Uri(prometheus, "api/v1/alerts"), cancellationToken);
        return answer.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray().Where(alert => alert.GetProperty("state").GetString() == "firing").Select(NameOf).ToHashSet();
    }

    /// <summary>The names of the alerts that Alertmanager was told of.</summary>
    public async Task<IReadOnlySet<string>> DeliveredAsync(CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(new Uri(alertmanager, "api/v2/alerts"), cancellationToken);
        return answer.RootElement.EnumerateArray().Select(NameOf).ToHashSet();
    }

    public void Dispose() => _http.Dispose();

    // Grafana begins and ends at whole steps.
    private static KeyValuePair<string, string>[] Drawn(TimeSpan step)
    {
        var seconds = (long)step.TotalSeconds;
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / seconds * seconds;
        var begin = end - (long)Shown.TotalSeconds;
        return [new("start", begin.ToString(CultureInfo.InvariantCulture)), new("end", end.ToString(CultureInfo.InvariantCulture)), new("step", seconds.ToString(CultureInfo.InvariantCulture))];
    }

    private static string NameOf(JsonElement alert) => alert.GetProperty("labels").GetProperty("alertname").GetString()!;

    private async Task<JsonDocument> GetAsync(Uri address, CancellationToken cancellationToken) => JsonDocument.Parse(await _http.GetStringAsync(address, cancellationToken));
}
