using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

[Collection(nameof(ProcessWide))]
public sealed class DiskRetryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-otlp-");
    private readonly LogsEndpoint _endpoint = new();

    public DiskRetryTests() => Set("disk", _folder.FullName);

    public void Dispose()
    {
        Set(null, null);
        _endpoint.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Events_that_cannot_be_sent_are_on_disk_where_the_exporter_of_the_sdk_is_told_to_keep_them()
    {
        _endpoint.Answer = static _ => new LogsReply(503);
        var hub = new UsageHub();
        await using var events = EventsUnderTest.Start(_endpoint, hub, TimeProvider.System, new ListLogger<UsageEventOtlp>());
        var call = Calls.Make(user: "ada-on-disk");
        hub.Publish(in call);

        Assert.True(await events.FlushAsync(TestContext.Current.CancellationToken));

        Assert.Equal(0, events.PendingEvents);
        var kept = Assert.Single(_folder.EnumerateFiles("*.blob*", SearchOption.AllDirectories));
        Assert.Equal("ada-on-disk", Assert.Single(ReceivedLog.Read(await File.ReadAllBytesAsync(kept.FullName, TestContext.Current.CancellationToken))).Event.Attribution.User);
    }

    private static void Set(string? retry, string? folder)
    {
        Environment.SetEnvironmentVariable("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", retry);
        Environment.SetEnvironmentVariable("OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH", folder);
    }
}
