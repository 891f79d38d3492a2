using System.Net.Http.Headers;
using LlmTelemetry.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>A real service in this process, on a free port of loopback, with an embedded store in memory unless the settings say otherwise.</summary>
internal sealed class ServiceUnderTest : IAsyncDisposable
{
    private const string Section = "LlmTelemetry:";

    private readonly WebApplication _app;
    private readonly List<HttpClient> _clients = [];

    private ServiceUnderTest(WebApplication app, IConfigurationRoot configuration, ServiceLogs logs)
    {
        (_app, Configuration, Logs) = (app, configuration, logs);
        Url = new Uri(app.Urls.First());
        Http = Client();
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Calls it, without a key.</summary>
    public HttpClient Http { get; }

    /// <summary>What it logged.</summary>
    public ServiceLogs Logs { get; }

    /// <summary>Its settings: changed by <c>Configuration[name] = value</c> and <c>Reload()</c>.</summary>
    public IConfigurationRoot Configuration { get; }

    /// <summary>Its insides.</summary>
    public IServiceProvider Services => _app.Services;

    public ServedLedger Ledger => Services.GetRequiredService<ServedLedger>();

    /// <param name="settings">Below <c>LlmTelemetry:</c>, as <c>Service:Keys:web:Hash</c>; names with a section of their own as <c>:Kestrel:...</c>.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="services">Replaces what is registered.</param>
    /// <param name="urls">Where to listen; null: a free port of 127.0.0.1.</param>
    public static async Task<ServiceUnderTest> StartAsync(
        IEnumerable<(string Name, string Value)>? settings = null, TimeProvider? time = null, Action<IServiceCollection>? services = null, string? urls = null)
    {
        var said = (settings ?? []).Select(setting => KeyValuePair.Create(setting.Name.StartsWith(':') ? setting.Name[1..] : Section + setting.Name, (string?)setting.Value)).ToList();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(Section + "Store", "sqlite::memory:")])
            .AddInMemoryCollection(said)
            .Build();
        var isKestrelTold = said.Exists(setting => setting.Key.StartsWith("Kestrel:", StringComparison.Ordinal));
        var logs = new ServiceLogs();
        var app = ServeHost.Build(new ServeSetup(configuration, time ?? TimeProvider.System)
        {
            Urls = urls ?? (isKestrelTold ? null : "http://127.0.0.1:0"),
            Logging = logging => logging.AddProvider(logs),
            Services = services,
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ServiceUnderTest(app, configuration, logs);
    }

    /// <summary>Settings of a key.</summary>
    /// <returns>The key, and its settings.</returns>
    public static (string Key, (string Name, string Value)[] Settings) NewKey(string name, string scopes, string? tenant = null)
    {
        var (key, hash) = ApiKey.New();
        List<(string, string)> settings = [($"Service:Keys:{name}:Hash", hash), ($"Service:Keys:{name}:Scopes", scopes)];
        if (tenant is not null)
        {
            settings.Add(($"Service:Keys:{name}:Tenant", tenant));
        }

        return (key, [.. settings]);
    }

    /// <summary>A client that sends a key.</summary>
    public HttpClient Client(string? key = null)
    {
#pragma warning disable CA2000 // Disposed with its client.
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
#pragma warning restore CA2000
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        _clients.Add(client);
        return client;
    }

    /// <summary>Waits until the ledger's store is open.</summary>
    public Task StoreIsOpenAsync() => Eventually.HoldsAsync(() => Task.FromResult(Services.GetRequiredService<StoreState>().IsOpen), "the store is open");

    /// <summary>Stops it as a signal does: requests under way end first.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        (Configuration as IDisposable)?.Dispose();
    }
}
