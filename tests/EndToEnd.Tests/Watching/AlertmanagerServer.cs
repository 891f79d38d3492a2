using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>A real Alertmanager with the alertmanager.yml that we ship, on a free loopback port.</summary>
internal sealed partial class AlertmanagerServer : IAsyncDisposable
{
    /// <summary>What the file says that its example takes the token from.</summary>
    public const string Token = "a-token-of-the-test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-alertmanager-");
    private readonly HttpClient _http;
    private Server? _server;

    private AlertmanagerServer()
    {
        Address = $"127.0.0.1:{Server.FreePort()}";
        _http = new HttpClient { BaseAddress = new Uri($"http://{Address}/") };
    }

    /// <summary>Where Prometheus finds it.</summary>
    public string Address { get; }

    public string Output => _server?.Output ?? "";

    /// <summary>Starts one that tells a webhook, or skips the running test where there is no alertmanager. Each receiver has a path of its own there: /on-call, /team, /log.</summary>
    public static async Task<AlertmanagerServer> StartAsync(string webhook, CancellationToken cancellationToken)
    {
        var program = Server.Need("alertmanager");
        var alertmanager = new AlertmanagerServer();
        var configuration = Path.Combine(alertmanager._folder.FullName, "alertmanager.yml");
        await File.WriteAllTextAsync(configuration, Told(Repository.Read("prometheus/alertmanager.yml"), webhook), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(alertmanager._folder.FullName, "alertmanager.token"), Token, cancellationToken);
        alertmanager._server = Server.Start(
            program,
            [$"--config.file={configuration}", $"--storage.path={alertmanager._folder.FullName}/data", $"--web.listen-address={alertmanager.Address}", "--cluster.listen-address="],
            alertmanager._folder.FullName);
        await alertmanager._server.IsReadyAsync("Alertmanager", alertmanager._http);
        return alertmanager;
    }

    /// <summary>Whether it has an alert that fires, and holds its notification back for another one.</summary>
    public async Task<bool> HoldsBackAsync(string alert, CancellationToken cancellationToken)
    {
        using var alerts = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"api/v2/alerts?filter=alertname%3D{alert}", UriKind.Relative), cancellationToken));
        return alerts.RootElement.EnumerateArray().Any(one => one.GetProperty("status").GetProperty("inhibitedBy").GetArrayLength() > 0);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    // What differs from what we ship: the example of a webhook is taken, for every receiver and at the test's address, and nothing waits for minutes.
    private static string Told(string shipped, string webhook)
    {
        var example = Example().Match(shipped).Groups[1].Value;
        Assert.Contains("credentials_file: alertmanager.token", example, StringComparison.Ordinal);
        var told = Receiver().Replace(shipped, receiver => $"  - name: {receiver.Groups[1].Value}\n    {ExampleAddress().Replace(example, webhook + receiver.Groups[1].Value)}");
        return Wait().Replace(told, "$1: 2s");
    }

    [GeneratedRegex("#(webhook_configs: .+)")]
    private static partial Regex Example();

    [GeneratedRegex("http://[^\"]+")]
    private static partial Regex ExampleAddress();

    [GeneratedRegex("^  - name: (\\S+)\n    #.+$", RegexOptions.Multiline)]
    private static partial Regex Receiver();

    [GeneratedRegex(@"\b(group_wait|group_interval): \w+")]
    private static partial Regex Wait();
}
