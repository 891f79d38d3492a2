using System.Globalization;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>receipts [ROUNDS]</c>: how many receipts a store books, as those of usage events and those of points are.</summary>
internal static class ReceiptsCommand
{
    public static async Task RunAsync(string[] arguments)
    {
        var rounds = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 5;
        var table = new MarkdownTable("store", "a receipt", "receipts/s (median)", "min", "max", "rows/s", "ids/s", "states MB/s", "CPU here, ms each", "in Redis, ms each");
        await AddAsync(table, () => StoreUnderTest.RedisAsync("Redis, no AOF", "--appendonly", "no"), rounds);
        await AddAsync(table, () => StoreUnderTest.RedisAsync("Redis, AOF everysec", "--appendfsync", "everysec"), rounds);
        await AddAsync(table, () => StoreUnderTest.RedisAsync("Redis, AOF always"), rounds);
        await AddAsync(table, () => Task.FromResult(StoreUnderTest.SqliteFile("SQLite file")), rounds);
        table.Print(string.Create(CultureInfo.InvariantCulture, $"Receipts, {ManyReceipts.AtOnce} in each call, one caller, {rounds} rounds"));
    }

    private static async Task AddAsync(MarkdownTable table, Func<Task<StoreUnderTest>> start, int rounds)
    {
        foreach (var shape in ManyReceipts.Shapes)
        {
            await using var store = await start();
            await ManyReceipts.AddAsync(table, store, shape, rounds);
        }
    }
}
