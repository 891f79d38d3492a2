using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.CostExporter.Stores;

namespace LlmTelemetry.ExporterProcess;

/// <summary>
/// Writes the numbered batches of one instance into a SQLite store, one after the other, until it is killed or has written the last, and prints each number
/// that the store acknowledged. What a batch holds follows from its number: so whoever knows the last number knows all sums.
/// </summary>
public static class SqliteBatches
{
    /// <summary>The first argument; then the store's address, the instance, and the last number.</summary>
    public const string Word = "sqlite-batches";

    private const int Users = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var (address, instance, last) = (args[0], args[1], long.Parse(args[2], CultureInfo.InvariantCulture));
        await using var store = new SqliteSpendStore(StoreAddress.Parse(address).File, new CostExporterOptions { StoreTimeout = TimeSpan.FromSeconds(20) }.ToStoreSettings());
        await RetryAsync(async () =>
        {
            await store.OpenAsync(CancellationToken.None);
            return true;
        });
        for (var number = 1L; number <= last; number++)
        {
            var reply = await RetryAsync(() => store.ApplyAsync(Batch(instance, number), CancellationToken.None));
            if (reply.Status == BatchStatus.Gap)
            {
                Console.WriteLine($"gap before {number}");
                return 1;
            }

            // A life before this one got as far as that.
            number = Math.Max(number, reply.LastNumber);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ok {number}"));
        }

        return 0;
    }

    /// <summary>One call for each of some users of the instance's model, each of which costs as much as the batch's number.</summary>
    internal static SpendBatch Batch(string instance, long number)
    {
        var now = TimeProvider.System.GetUtcNow();
        var hour = now.ToUnixTimeSeconds() / 3600;
        return new SpendBatch(instance, "file", number, [.. Enumerable.Range(0, Users).Select(user => Row(user))]);

        SpendRow Row(int user)
        {
            var measures = new SpendMeasures();
            measures.Add(SpendMeasure.Calls, 1);
            measures.Add(64, number);
            return new SpendRow(hour, DateOnly.FromDateTime(now.UtcDateTime), new SpendKey("p", instance, $"u{user}", null, null), measures);
        }
    }

    // The file may be busy: the same batch again.
    private static async Task<T> RetryAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (TimeoutException cause)
            {
                await Console.Error.WriteLineAsync(cause.Message);
            }
        }
    }
}
