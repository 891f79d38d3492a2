using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Receivers on real stores: what several of them book at once is there once, by the reports too.</summary>
public abstract class RealStoreReceiverTests
{
    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store's address; the same for all receivers of a test.</summary>
    private protected abstract string Address { get; }

    [Fact]
    public async Task Same_delivery_ten_times_at_once_through_two_receivers_is_in_the_ledger_once()
    {
        await using var ledger = Ledger();
        await using var one = await ledger.ReceiverAsync();
        await using var other = await ledger.ReceiverAsync();
        var calls = Enumerable.Range(0, 700).Select(i => Calls.Make(user: $"u{i % 250}", tenant: i % 3 == 0 ? "acme" : null, at: ledger.Now, input: i)).ToArray();
        var delivery = ReceiverUnderTest.Of(calls);

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).ReceiveAsync(delivery, Token), Token)));

        Assert.All(replies, reply => Assert.Equal(new DeliveryReply(IsBooked: true), reply));
        await ledger.HoldsAsync(calls);
    }

    [Fact]
    public async Task Random_deliveries_that_come_again_at_random_through_two_receivers_are_in_the_ledger_once()
    {
        await using var ledger = Ledger();
        await using var one = await ledger.ReceiverAsync();
        await using var other = await ledger.ReceiverAsync();
        var random = new Random(20261123);
        var calls = Enumerable.Range(0, 2_000).Select(i => Calls.Make(user: $"u{random.Next(40)}", tenant: random.Next(2) == 0 ? "acme" : null, at: ledger.Now.AddMinutes(-random.Next(300)), input: random.Next(1000))).ToArray();

        // Overlapping pieces in any order; each call is in one at least.
        var pieces = calls.Chunk(37).Concat(Enumerable.Range(0, 60).Select(_ => random.GetItems(calls, random.Next(1, 120)))).ToArray();
        random.Shuffle(pieces);
        await Parallel.ForEachAsync(pieces, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (piece, stop) =>
        {
            var to = piece[0].CallId.GetHashCode() % 2 == 0 ? one : other;
            Assert.True((await to.ReceiveAsync(ReceiverUnderTest.Of(piece), stop)).IsBooked);
        });

        await ledger.HoldsAsync(calls);
    }

    [Fact]
    public async Task Call_whose_sum_the_store_cannot_hold_is_rejected_and_the_others_are_booked()
    {
        await using var ledger = Ledger();
        await using var receiver = await ledger.ReceiverAsync();
        var full = Calls.Make(user: "full", model: "full", feature: "full", at: ledger.Now); // Nothing that is summed has it and the others.
        await ledger.FillAsync(full);
        var others = Enumerable.Range(0, 40).Select(_ => Calls.Make(user: "alice", at: ledger.Now)).ToArray();

        var reply = await receiver.ReceiveAsync(ReceiverUnderTest.Of([.. others[..11], full, .. others[11..]]), Token);

        Assert.Equal((true, 1, "1 not booked: its amounts are more than can be added up."), (reply.IsBooked, reply.Rejected, reply.Message));
        await ledger.HoldsAsync(others, only: "alice");
    }

    private protected RealLedger Ledger() => new(Address, $"r{Guid.NewGuid():N}");

    /// <summary>A ledger in a store, and whoever writes it.</summary>
    private protected sealed class RealLedger(string address, string prefix) : IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> _stores = [];

        public DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

        public CostExporterOptions Options() => new() { Store = address, KeyPrefix = prefix, StoreTimeout = TimeSpan.FromSeconds(30), Prices = PriceBook.Embedded };

        /// <summary>A receiver with a connection of its own.</summary>
        public async Task<UsageReceiver> ReceiverAsync()
        {
            var options = Options();
            var store = SpendStores.Create(options, options.ToStoreSettings());
            await store.OpenAsync(Token);
            _stores.Add(store);
            return UsageReceiver.Start(options, store, records: null, NullLogger.Instance);
        }

        /// <summary>Makes the row of a call so full that nothing can be added to it.</summary>
        public async Task FillAsync(UsageEvent call)
        {
            var at = new RowRules(Options()).KeyOf(in call);
            var measures = new SpendMeasures();
            measures.Add(SpendMeasure.Usage(UsageBucket.Input), (Int128.One << 96) - 1);
            var reply = await ((IReceiptStore)_stores[0]).BookAsync([new SpendReceipt(((ISpendStore)_stores[0]).PartitionOf(at.Key), [new SpendRow(at.Hour, at.Day, at.Key, measures)], [], [])], Token);
            Assert.Equal(ReceiptStatus.Booked, reply[0].Status);
        }

        /// <summary>How many calls the ledger has.</summary>
        public async Task<long> CountAsync()
        {
            await using var reports = await UsageReports.OpenAsync(address, o => o.KeyPrefix = prefix, Token);
            var day = DateOnly.FromDateTime(Now.UtcDateTime);
            return (await reports.QueryAsync(new UsageReportQuery { From = day.AddDays(-1), To = day.AddDays(1) }, Token)).Total.Calls;
        }

        /// <summary>Whether the ledger has these calls, each once.</summary>
        /// <param name="calls">The calls.</param>
        /// <param name="only">The user that is looked at; null: all.</param>
        public async Task HoldsAsync(IReadOnlyCollection<UsageEvent> calls, string? only = null)
        {
            var where = new Dictionary<SpendDimension, string?>();
            if (only is not null)
            {
                where.Add(SpendDimension.User, only);
            }

            await using var reports = await UsageReports.OpenAsync(address, o => o.KeyPrefix = prefix, Token);
            var report = await reports.QueryAsync(new UsageReportQuery { From = DateOnly.FromDateTime(Now.UtcDateTime.AddDays(-2)), To = DateOnly.FromDateTime(Now.UtcDateTime.AddDays(1)), By = [SpendDimension.Tenant, SpendDimension.User], Where = where }, Token);
            Assert.Equal(
                calls.GroupBy(call => (call.Attribution.Tenant, call.Attribution.User))
                    .Select(some => $"{some.Key.Tenant}/{some.Key.User}: {some.Count()} {some.Sum(call => call.Usage[UsageBucket.Input])}").Order(StringComparer.Ordinal),
                report.Rows.Select(row => $"{row[SpendDimension.Tenant]}/{row[SpendDimension.User]}: {row.Calls} {row.InputTokens}").Order(StringComparer.Ordinal));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var store in _stores)
            {
                await store.DisposeAsync();
            }
        }
    }
}
