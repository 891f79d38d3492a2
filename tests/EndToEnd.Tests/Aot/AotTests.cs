using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Aot;

/// <summary>The libraries, compiled ahead of time: <c>samples/Aot</c> as it is published and run.</summary>
public sealed class AotTests : IDisposable
{
    // What the SDK says where the compiler is not on the feed, or the machine has no linker.
    private static readonly string[] CannotBeHad = ["NU1101", "NU1102", "NU1301", "Platform linker", "linker command failed", "cannot find -l"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-aot-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Program_compiled_ahead_of_time_tracks_prices_and_keeps_its_calls()
    {
        // In a folder of its own: other tests run from what the build made.
        string[] publish = ["publish", Repository.PathOf("samples/Aot"), "-c", "Release", "-p:ArtifactsPath=" + Path.Combine(_folder.FullName, "artifacts"), "-o", Path.Combine(_folder.FullName, "out"), "-nodeReuse:false"];
        var (code, output) = await Tool.RunAsync(Server.Need("dotnet"), publish, Token);
        if (code != 0 && Array.Find(CannotBeHad, output.Contains) is { } missing)
        {
            Assert.Skip($"The compiler or the linker cannot be had here ({missing}).");
        }

        Assert.True(code == 0, output);

        var file = Path.Combine(_folder.FullName, "calls.db");
        (code, output) = await Tool.RunAsync(Path.Combine(_folder.FullName, "out", "LlmTelemetry.Aot"), ["sqlite:" + file], Token);

        // gpt-4o-mini: 1,000 tokens in at 0.15 and 100 out at 0.60 USD per million are 0.00021 USD; twice.
        Assert.True(code == 0, output);
        Assert.Equal(["answer: $0.00021", "Hello", "ada: 2 calls, 0.00042 USD", "compiled ahead of time: True"], output.TrimEnd().Split('\n'));
        await using var reports = await UsageReports.OpenAsync("sqlite:" + file, cancellationToken: Token);
        var report = await reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today }, Token);
        Assert.Equal((2L, 0.00042m), (report.Total.Calls, report.Total.Cost));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
