using System.Globalization;
using System.Runtime.InteropServices;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.ExporterProcess;

/// <summary>
/// Records rounds of calls until SIGTERM, and says so line by line: <c>r ROUND USER|TENANT:CALLS:TOKENS:PICO ...</c> before a round is recorded,
/// <c>p ROUND</c> after it, <c>f ROUND</c> when the store has acknowledged everything up to that round, <c>end</c> when nothing is left. What a line says
/// holds also if the process is killed right after it.
/// </summary>
/// <param name="exporter">The exporter.</param>
/// <param name="feature">The feature of every call: tells this process's rows from others'.</param>
/// <param name="random">What is recorded.</param>
internal sealed class UntilTold(CostExporterHost exporter, string feature, Random random)
{
    public const string Word = "until-told";

    private const string NumberCheck = "if number ~= last + 1 then";
    private const int CallsPerRound = 20;

    private static readonly TimeSpan ToTheEnd = TimeSpan.FromMinutes(4);

    private long _recorded;

    /// <param name="args">The store; the feature; the seed; a folder for the journal, or <c>-</c>; optional <c>unchecked</c>: without the check of the batches' numbers.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var options = new CostExporterOptions
        {
            Store = args[0],
            Journal = args[3] == "-" ? null : args[3],
            Interval = TimeSpan.FromMilliseconds(40),
            StoreTimeout = TimeSpan.FromMilliseconds(500),
            ShutdownTimeout = TimeSpan.FromSeconds(20),
            Prices = PriceBook.Embedded,
        };
        var store = new RedisSpendStore(StoreAddress.Parse(options.Store).Redis!, options.ToStoreSettings(), args[^1] == "unchecked" ? Unchecked() : null);
        await using var exporter = new CostExporterHost(options, store: store);
        using var told = new CancellationTokenSource();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            told.Cancel();
        });
        await exporter.StartAsync(subscribe: true, CancellationToken.None);
        return await new UntilTold(exporter, args[1], new Random(int.Parse(args[2], CultureInfo.InvariantCulture))).RunAsync(told.Token);
    }

    private async Task<int> RunAsync(CancellationToken told)
    {
        var flushes = Task.Run(() => FlushAsync(told), CancellationToken.None);
        for (var round = 1L; !told.IsCancellationRequested; round++)
        {
            Record(round);

            // Not to keep the processors busy: Redis and the processes beside this one need them.
            await Task.Delay(25, CancellationToken.None);
        }

        await flushes;
        var deadline = TimeProvider.System.GetUtcNow() + ToTheEnd;
        while (await exporter.FlushAsync(CancellationToken.None) is var last && last is not { Error: null, PendingRows: 0 })
        {
            if (TimeProvider.System.GetUtcNow() > deadline)
            {
                Say($"stuck with {last.PendingRows} rows: {last.Error}");
                return 1;
            }

            await Task.Delay(50, CancellationToken.None);
        }

        Say($"f {_recorded}");
        await exporter.DisposeAsync();
        Say($"end");
        return 0;
    }

    // An application that flushes all the time: it also cuts the pauses after failures short, so that there is time for more faults.
    private async Task FlushAsync(CancellationToken told)
    {
        var said = 0L;
        while (!told.IsCancellationRequested)
        {
            var upTo = Volatile.Read(ref _recorded);
            if ((await exporter.FlushAsync(CancellationToken.None)).Error is null && upTo > said)
            {
                said = upTo;
                Say($"f {upTo}");
            }

            await Task.Delay(15, CancellationToken.None);
        }
    }

    private void Record(long round)
    {
        var calls = Enumerable.Range(0, CallsPerRound).Select(_ => Make()).ToArray();
        var sums = calls.GroupBy(call => (call.Attribution.User, call.Attribution.Tenant)).Select(group => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Key.User}|{group.Key.Tenant}:{group.Count()}:{group.Sum(Tokens)}:{group.Aggregate((Int128)0, (sum, call) => sum + call.Cost.TotalPico)}"));
        Say($"r {round} {string.Join(' ', sums)}");
        foreach (var call in calls)
        {
            UsageHub.Default.Publish(in call);
            UsageHub.Default.Publish(new MetricEvent("rating", -0.1, null, call.EndedAt, call.Attribution));
        }

        Volatile.Write(ref _recorded, round);
        Say($"p {round}");
    }

    private static long Tokens(UsageEvent call) => call.Usage.InputTokens + call.Usage.OutputTokens;

    private UsageEvent Make()
    {
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = DateTimeOffset.UtcNow.AddMinutes(-random.Next(100)),
            Operation = "chat",
            Provider = "anthropic",
            ResponseModel = random.Next(3) == 0 ? "claude-haiku-4-5" : "claude-sonnet-4-5",
            Attribution = new Attribution(
                User: "user-" + random.Next(12).ToString(CultureInfo.InvariantCulture), Tenant: random.Next(4) == 0 ? "acme" : null, Feature: feature, Session: feature),
        };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = random.Next(1_000_000);
        usage[UsageBucket.CacheRead] = random.Next(5_000);
        usage[UsageBucket.Output] = random.Next(8_000);
        call.SetUsage(in usage);
        var cost = PriceBook.Embedded.Quote(call.Provider, call.Model, in usage, call.EndedAt) ?? throw new InvalidOperationException("The price book lost the model of this test.");
        call.SetCost(in cost);
        return call;
    }

    private static string Unchecked()
    {
        var script = StoreScript.ReadBooking("apply.lua");
        return script.Contains(NumberCheck, StringComparison.Ordinal)
            ? script.Replace(NumberCheck, "if false then", StringComparison.Ordinal)
            : throw new InvalidOperationException($"apply.lua has no line '{NumberCheck}' any more: this switch must follow it.");
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
