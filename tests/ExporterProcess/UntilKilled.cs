using System.Globalization;
using System.IO.MemoryMappedFiles;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.ExporterProcess;

/// <summary>
/// Records calls until it is killed, and says in memory that survives it how far it came: the n-th call uses n tokens, for user n modulo 10. Arguments: the
/// store, the journal's folder or "-", the file to tell in, the feature that all its calls are of.
/// </summary>
internal static class UntilKilled
{
    public const string Word = "until-killed";

    /// <summary>Where in the file it stands how many calls were begun, done, and flushed.</summary>
    public const int Begun = 0;
    public const int Done = 8;
    public const int Flushed = 16;

    private const int Length = 24;
    private const int PauseEvery = 7;
    private const int FlushEvery = 500;

    public static async Task<int> RunAsync(string[] arguments)
    {
        using var file = MemoryMappedFile.CreateFromFile(arguments[2], FileMode.OpenOrCreate, mapName: null, Length);
        using var told = file.CreateViewAccessor();
        var exporter = CostExporterHost.Start(o =>
        {
            (o.Store, o.Journal) = (arguments[0], arguments[1] == "-" ? null : arguments[1]);
            o.Interval = TimeSpan.FromMilliseconds(20);
        });
        for (long n = 1; ; n++)
        {
            var call = new UsageEvent
            {
                CallId = Guid.NewGuid(),
                EndedAt = DateTimeOffset.UtcNow,
                Operation = "chat",
                Provider = "acme",
                ResponseModel = "m",
                Attribution = new Attribution(User: (n % 10).ToString(CultureInfo.InvariantCulture), Tenant: n % 3 == 0 ? "t" : null, Feature: arguments[3]),
            };
            var usage = default(CallUsage);
            usage[UsageBucket.Input] = n;
            call.SetUsage(in usage);
            told.Write(Begun, n);
            UsageHub.Default.Publish(in call);
            told.Write(Done, n);
            if (n % FlushEvery == 0)
            {
                if (await exporter.FlushAsync() is { Error: null })
                {
                    told.Write(Flushed, n);
                }
            }

            if (n % PauseEvery == 0)
            {
                // So that most kills come between calls and into the flushes of the interval, and few while it waits for one of its own.
                await Task.Delay(1);
            }
        }
    }
}
