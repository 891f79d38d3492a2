using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>A real <c>llmtelemetry serve</c>, a process of its own, on a free loopback port.</summary>
internal sealed class ServiceServer : IAsyncDisposable
{
    private readonly string[] _command;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-serve-");
    private Server _server;

    private ServiceServer(string store, IEnumerable<(string Name, string Value)> settings)
    {
        Endpoint = new Uri($"http://127.0.0.1:{Server.FreePort()}");

        // env sets what the service reads and then becomes it: the process id is the service's.
        _command =
        [
            .. settings.Select(setting => $"{setting.Name}={setting.Value}"), Server.Need("dotnet"),
            Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.Service.dll"), "serve", "--urls", Endpoint.ToString().TrimEnd('/'), "--store", store,
        ];
        _server = Server.Start("/usr/bin/env", _command, _folder.FullName);
    }

    public Uri Endpoint { get; }

    public string Output => _server.Output;

    /// <param name="store">Where the ledger is.</param>
    /// <param name="settings">Further settings, as the environment has them.</param>
    public static async Task<ServiceServer> StartAsync(string store, params IEnumerable<(string Name, string Value)> settings)
    {
        var service = new ServiceServer(store, settings);
        await service.IsThereAsync();
        return service;
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public ValueTask KillAsync() => _server.DisposeAsync();

    /// <summary>Starts it again after its end, on the same port and store.</summary>
    public Task RestartAsync()
    {
        _server = Server.Start("/usr/bin/env", _command, _folder.FullName);
        return IsThereAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private Task IsThereAsync() => Eventually.HoldsAsync(
        () => !_server.HasExited
            ? Task.FromResult(_server.Output.Contains("llmtelemetry: listening", StringComparison.Ordinal))
            : throw new InvalidOperationException($"The service ended: {_server.Output}"),
        "llmtelemetry serve listens");
}
