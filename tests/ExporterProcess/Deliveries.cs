using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.ExporterProcess;

/// <summary>
/// A receiver and whoever delivers to it, in one process that is killed: delivers what was not answered yet, several at once and in any order, and some that was answered once more, and writes down
/// what was answered in memory that survives it. What a delivery holds follows from the seed and its number: so whoever knows these knows all sums. Arguments: the store, the
/// key prefix, the file to tell in, the seed, how many deliveries there are, the moment of all calls in Unix seconds.
/// </summary>
public static class Deliveries
{
    public const string Word = "deliveries";

    public const int Calls = 20;
    public const int Users = 5;

    private const int AtOnce = 4;
    private const int Together = 10;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (address, prefix, told, seed, count, at) = (
            arguments[0], arguments[1], arguments[2], Number(arguments[3]), Number(arguments[4]), DateTimeOffset.FromUnixTimeSeconds(long.Parse(arguments[5], CultureInfo.InvariantCulture)));
        using var file = MemoryMappedFile.CreateFromFile(told, FileMode.OpenOrCreate, mapName: null, count);
        using var answered = file.CreateViewAccessor();
        var options = new CostExporterOptions { Store = address, KeyPrefix = prefix, StoreTimeout = TimeSpan.FromSeconds(20), Prices = PriceBook.Embedded };
        var store = SpendStores.Create(options, options.ToStoreSettings());
        var receiver = UsageReceiver.Start(options, store, records: null, NullLogger.Instance);

        // Not in their order, and not farther from it than differences are told apart.
        var left = Enumerable.Range(0, count).Where(number => answered.ReadByte(number) == 0 || Random.Shared.Next(10) == 0).OrderBy(number => (number / Together, Random.Shared.Next())).ToArray();
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, stop) =>
        {
            var delivery = Make(seed, number, count, at);
            while (!(await receiver.ReceiveAsync(delivery, stop)).IsBooked)
            {
                await Task.Delay(20, stop);
            }

            answered.Write(number, (byte)1);
        });
        await receiver.DisposeAsync();
        await store.DisposeAsync();
        return 0;
    }

    /// <summary>One delivery: calls of some users; and of another service the sums of its counters, of which each delivery tells some more.</summary>
    internal static Delivery Make(int seed, int number, int count, DateTimeOffset at)
    {
        var delivery = new Delivery();
        var calls = new SourceDelivery(new TelemetrySource(null, "calls", "1", null));
        for (var i = 0; i < Calls; i++)
        {
            calls.Calls.Add(new ReceivedCall(UsageSourceKind.Events, UsageRecord.Of(Call(seed, number, i, at))));
        }

        delivery.Sources.Add(calls);
        var counters = new SourceDelivery(new TelemetrySource(null, "counters", "1", null));
        for (var user = 0; user < Users; user++)
        {
            counters.Points.Add(Point(user, number, count, at, isDelta: false));
            counters.Points.Add(Point(user, number, count, at, isDelta: true));
        }

        delivery.Sources.Add(counters);
        return delivery;
    }

    private static UsageEvent Call(int seed, int number, int i, DateTimeOffset at)
    {
        var call = new UsageEvent
        {
            CallId = new Guid(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{seed} {number} {i}"))[..16]),
            EndedAt = at,
            Operation = "chat",
            Provider = "acme",
            ResponseModel = "m",
            Attribution = new Attribution(User: $"user-{i % Users}", Tenant: i % 3 == 0 ? "t" : null),
        };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = number + i;
        call.SetUsage(in usage);
        return call;
    }

    // Cumulative: so many tokens up to this delivery. Delta: as many in it.
    private static ReceivedPoint Point(int user, int number, int count, DateTimeOffset at, bool isDelta)
    {
        var nanoseconds = (ulong)at.ToUnixTimeSeconds() * 1_000_000_000;
        _ = PointSum.TryMake(isDelta ? 7 : (number + 1L) * 10, out var value);
        var tags = new PointTags { Provider = "acme", ResponseModel = "m", User = $"user-{user}", Feature = isDelta ? "delta" : "cumulative", UsageType = "input" };
        return new ReceivedPoint(
            UsageSourceKind.OwnMetrics, "llm.usage.tokens", tags, (UInt128)((user * 2) + (isDelta ? 1 : 0)), isDelta,
            isDelta ? nanoseconds - (ulong)(count - number) : nanoseconds - (ulong)count, nanoseconds - (ulong)(count - number - 1), value);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
