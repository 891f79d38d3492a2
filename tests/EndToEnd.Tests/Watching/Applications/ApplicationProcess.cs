using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>A running <see cref="WatchedApplication"/>, set as users set theirs: by the environment.</summary>
internal sealed class ApplicationProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-application-");
    private readonly CommandFolder _commands;
    private readonly Server _server;

    private ApplicationProcess(string service, Uri collector, string store, IEnumerable<(string Name, string Value)> settings)
    {
        _commands = new CommandFolder(_folder.FullName);
        var prices = Path.Combine(_folder.FullName, ApplicationTraffic.PriceFile);
        File.WriteAllText(prices, ApplicationTraffic.Prices(DateOnly.Parse("2026-11-01", System.Globalization.CultureInfo.InvariantCulture)));
        (string Name, string Value)[] all =
        [
            (CommandFolder.Variable, _folder.FullName),
            ("OTEL_SERVICE_NAME", service),

            // Without an id of its own a process that is restarted would go on in the series of the one before.
            ("OTEL_RESOURCE_ATTRIBUTES", $"service.namespace=watched,service.instance.id={Guid.NewGuid()},deployment.environment.name=production"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("LlmTelemetry__Store", store), ("LlmTelemetry__Interval", "00:00:00.2"), ("LlmTelemetry__Journal", Path.Combine(_folder.FullName, "journal")),
            ("LlmTelemetry__Prices__File", prices), ("LlmTelemetry__Prices__ReloadInterval", "00:00:00.1"),
            ("LlmTelemetry__Markup__Features__watching", "10"),
            .. settings,
        ];

        // env sets them and then becomes the application: the process id is the application's.
        _server = Server.Start(
            "/usr/bin/env",
            [
                .. all.Select(setting => $"{setting.Name}={setting.Value}"), Server.Need("dotnet"), typeof(WatchedApplication).Assembly.Location,
                "-method", $"{typeof(WatchedApplication).FullName}.{nameof(WatchedApplication.Application_that_does_what_it_is_told)}", "-explicit", "only",
            ]);
    }

    public static ApplicationProcess Start(string service, Uri collector, string store, params IEnumerable<(string Name, string Value)> settings) => new(service, collector, store, settings);

    /// <summary>Tells it what to do (<see cref="ApplicationTraffic"/>) and waits until that is done and exported.</summary>
    public async Task DoAsync(string command)
    {
        await _commands.SayAsync(command, () => _server.HasExited);
        Assert.False(_server.HasExited, $"The application ended: {_server.Output}");
    }

    /// <summary>Ends it in order, as a deployment does.</summary>
    public Task EndAsync() => _commands.SayAsync(CommandFolder.End, () => _server.HasExited);

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
