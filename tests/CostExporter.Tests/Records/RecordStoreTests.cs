using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>What every store of records must do. Each store's own class opens it; time starts at the real present, since Redis expires by its own clock.</summary>
public abstract class RecordStoreTests
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected ManualTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    // Where stores wait for one another, time must pass.
    private protected virtual TimeProvider Clock => Time;

    private protected DateTimeOffset Now => Time.GetUtcNow();

    private protected abstract CostExporterOptions Options();

    private protected async Task<IRecordStore> OpenAsync(int maxRecords = 10_000, TimeSpan? retention = null)
    {
        var options = Options();
        options.TimeProvider = Clock;
        options.Records.MaxRecords = maxRecords;
        options.Records.Retention = retention ?? options.Records.Retention;
        var store = RecordStores.Create(options)!;
        await store.OpenAsync(Stop);
        return store;
    }

    [Fact]
    public async Task Record_comes_back_as_it_was()
    {
        await using var store = await OpenAsync();
        var record = RecordCases.Full(Now);
        Assert.Equal(1, await store.WriteAsync([record], Stop));
        RecordCases.AssertSame(record, Assert.Single(await AllAsync(store)));
    }

    [Fact]
    public async Task Record_written_again_changes_nothing()
    {
        await using var store = await OpenAsync();
        UsageRecord[] records = [Make(1), Make(2)];
        Assert.Equal(2, await store.WriteAsync(records, Stop));
        Assert.Equal(1, await store.WriteAsync([.. records, Make(3), records[0] with { Provider = "other" }], Stop));
        Assert.Equal([1, 2, 3], (await AllAsync(store)).Select(Number).Order());
        Assert.DoesNotContain(await AllAsync(store), record => record.Provider == "other");
    }

    [Fact]
    public async Task Records_known_already_are_found_by_their_ids()
    {
        await using var store = await OpenAsync();
        Assert.Empty(await store.FindAsync([Make(1).Id], Stop));
        await store.WriteAsync([Make(1), Make(2)], Stop);
        Assert.Equal(new HashSet<Guid> { Make(1).Id, Make(2).Id }, await store.FindAsync([Make(1).Id, Make(9).Id, Make(2).Id], Stop));
    }

    [Fact]
    public async Task Record_is_read_by_its_id()
    {
        await using var store = await OpenAsync();
        Assert.Null(await store.GetAsync(Make(1).Id, Stop));
        await store.WriteAsync([Make(1), Make(2)], Stop);
        Assert.Equal(UsageRecordJson.Line(Make(2)), UsageRecordJson.Line((await store.GetAsync(Make(2).Id, Stop))!));
        Assert.Null(await store.GetAsync(Make(9).Id, Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_are_in_order_whatever_order_records_came_in(bool oldestFirst)
    {
        await using var store = await OpenAsync();
        var random = new Random(7);

        // Several end in the same moment.
        UsageRecord[] records = [.. Enumerable.Range(0, 1_237).Select(n => Make(n, at: Now.AddSeconds(-(n / 5))))];
        random.Shuffle(records);
        await store.WriteAsync(records, Stop);
        var pages = await PagesAsync(store, new UsageRecordQuery { PageSize = 100, OldestFirst = oldestFirst });
        Assert.Equal(13, pages.Count);
        Assert.All(pages.SkipLast(1), page => Assert.Equal(100, page.Records.Count));
        var keys = pages.SelectMany(page => page.Records).Select(RecordKey.Of).ToArray();
        Assert.Equal(oldestFirst ? keys.Order() : keys.OrderDescending(), keys);
        Assert.Equal(records.Select(RecordKey.Of).Order(), keys.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reader_sees_what_was_there_once_while_records_come(bool oldestFirst)
    {
        await using var store = await OpenAsync();
        UsageRecord[] first = [.. Enumerable.Range(0, 300).Select(n => Make(n, at: Now.AddSeconds(-n)))];
        await store.WriteAsync(first, Stop);
        var seen = new List<Guid>();
        var query = new UsageRecordQuery { PageSize = 7, OldestFirst = oldestFirst };
        for (var round = 0; ; round++)
        {
            var page = await store.ReadAsync(query, Stop);
            seen.AddRange(page.Records.Select(record => record.Id));
            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
            await store.WriteAsync([Make(1_000 + (2 * round), at: Now.AddSeconds(-round - 0.5)), Make(1_001 + (2 * round), at: Now.AddSeconds(-300 + round + 0.5))], Stop);
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(first.Select(record => record.Id).Except(seen));
    }

    [Fact]
    public async Task Range_takes_its_first_moment_and_not_its_last()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 10).Select(n => Make(n, at: Now.AddMinutes(-n)))], Stop);
        foreach (var oldestFirst in new[] { false, true })
        {
            var query = new UsageRecordQuery { From = Now.AddMinutes(-6), To = Now.AddMinutes(-2), OldestFirst = oldestFirst, PageSize = 3 };
            var pages = await PagesAsync(store, query);
            int[] expected = [3, 4, 5, 6];
            Assert.Equal(oldestFirst ? expected.Reverse() : expected, pages.SelectMany(page => page.Records).Select(Number));
            Assert.Equal(2, pages.Count);
        }
    }

    [Fact]
    public async Task Page_that_ends_where_the_records_end_says_so()
    {
        await using var store = await OpenAsync();
        Assert.Null((await store.ReadAsync(new UsageRecordQuery(), Stop)).Next);
        await store.WriteAsync([.. Enumerable.Range(0, 10).Select(n => Make(n))], Stop);
        var page = await store.ReadAsync(new UsageRecordQuery { PageSize = 10 }, Stop);
        Assert.Equal((10, (string?)null), (page.Records.Count, page.Next));
    }

    [Theory]
    [InlineData(SpendDimension.Provider, "anthropic")]
    [InlineData(SpendDimension.Model, "claude")]
    [InlineData(SpendDimension.User, "ada")]
    [InlineData(SpendDimension.Tenant, "acme")]
    [InlineData(SpendDimension.Feature, "search")]
    [InlineData(SpendDimension.Conversation, "c1")]
    [InlineData(SpendDimension.Session, "s1")]
    [InlineData(SpendDimension.Tier, "gold")]
    [InlineData(SpendDimension.Operation, "embeddings")]
    [InlineData(SpendDimension.Client, "web")]
    [InlineData(SpendDimension.Environment, "production")]
    [InlineData(SpendDimension.Outcome, "failed")]
    [InlineData(SpendDimension.Quality, "estimated")]
    [InlineData(SpendDimension.PriceVersion, "v7")]
    public async Task Each_dimension_filters(SpendDimension dimension, string value)
    {
        await using var store = await OpenAsync();
        var cost = new Cost("anthropic", "claude", "v7");
        var match = Make(1) with
        {
            Provider = "anthropic",
            Model = "claude",
            Operation = "embeddings",
            Attribution = new("ada", "acme", "search", "c1", "s1", "gold", null, "web", "production"),
            Outcome = CallOutcome.Failed,
            Quality = CostQuality.Estimated,
            Cost = cost,
        };
        var other = new UsageRecord { Id = Make(2).Id, EndedAt = Now, Operation = "chat", Attribution = new("bob") };
        await store.WriteAsync([match, other], Stop);
        Assert.Equal(match.Id, Assert.Single(await AllAsync(store, new() { Where = new Dictionary<SpendDimension, string?> { [dimension] = value } })).Id);

        // As it is kept: clean.
        Assert.Single(await AllAsync(store, new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "a\nda" } }));
        Assert.Empty(await AllAsync(store, new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "ADA" } }));
    }

    [Fact]
    public async Task Filters_all_hold_together_and_null_is_what_calls_did_not_say()
    {
        await using var store = await OpenAsync();
        var tags = new Dictionary<string, string> { ["plan"] = "gold" };
        UsageRecord[] records =
        [
            Make(1) with { Attribution = new("ada", Tags: tags), Outcome = CallOutcome.Failed, ErrorType = "429" },
            Make(2) with { Attribution = new("ada", "acme"), Outcome = CallOutcome.Failed, ErrorType = "500" },
            Make(3) with { Attribution = new(null, "acme", Tags: tags) },
            Make(4) with { Attribution = new("", "acme"), Outcome = CallOutcome.Cancelled },
        ];
        await store.WriteAsync(records, Stop);
        await HasAsync(new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = null } }, 3);
        await HasAsync(new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "" } }, 4);
        await HasAsync(new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "ada", [SpendDimension.Tenant] = null } }, 1);
        await HasAsync(new() { WhereTags = new Dictionary<string, string?> { ["plan"] = "gold" } }, 1, 3);
        await HasAsync(new() { WhereTags = new Dictionary<string, string?> { ["plan"] = null } }, 2, 4);
        await HasAsync(new() { Succeeded = true }, 3);
        await HasAsync(new() { Succeeded = false }, 1, 2, 4);
        await HasAsync(new() { ErrorType = "429", Succeeded = false }, 1);
        await HasAsync(new() { ErrorType = "429", Succeeded = true });

        async Task HasAsync(UsageRecordQuery query, params int[] numbers) => Assert.Equal(numbers, (await AllAsync(store, query)).Select(Number).Order());
    }

    [Fact]
    public async Task Rare_matches_among_many_records_make_one_page()
    {
        await using var store = await OpenAsync(maxRecords: 20_000);
        for (var part = 0; part < 12; part++)
        {
            await store.WriteAsync([.. Enumerable.Range(part * 1_000, 1_000).Select(n => Make(n, at: Now.AddSeconds(-n)) with { Model = n % 4_000 == 0 ? "rare" : "common" })], Stop);
        }

        var pages = await PagesAsync(store, new() { PageSize = 2, Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Model] = "rare" } });
        Assert.Equal([2, 1], pages.Select(page => page.Records.Count));
        Assert.Equal([0, 4_000, 8_000], pages.SelectMany(page => page.Records).Select(Number));
    }

    [Fact]
    public async Task Question_that_contradicts_itself_is_refused_and_says_why()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1), Make(2)], Stop);
        var next = (await store.ReadAsync(new() { PageSize = 1 }, Stop)).Next;
        (UsageRecordQuery Query, string Says)[] cases =
        [
            (new() { PageSize = 0 }, "1 to 10000"),
            (new() { PageSize = 10_001 }, "1 to 10000"),
            (new() { From = Now, To = Now }, "must be before"),
            (new() { After = "nonsense" }, "'nonsense'"),
            (new() { After = new string('A', 100_000) }, "where a page ends"),
            (new() { After = next, OldestFirst = true }, "other order"),
            (new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Day] = "2026-11-22" } }, "not by day"),
            (new() { Where = new Dictionary<SpendDimension, string?> { [(SpendDimension)99] = "x" } }, "no such dimension"),
            (new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Outcome] = "broken" } }, "completed, failed"),
            (new() { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Quality] = "fine" } }, "reported, partial"),
        ];
        foreach (var (query, says) in cases)
        {
            var refusal = await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReadAsync(query, Stop));
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Users_records_are_erased_and_no_others()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 900).Select(n => Make(n, at: Now.AddSeconds(-n)) with { Attribution = new(n % 3 == 0 ? "ada" : n % 3 == 1 ? "bob" : null) })], Stop);
        Assert.Equal(300, await store.EraseUserAsync("ada", Stop));
        Assert.Equal(0, await store.EraseUserAsync("ada", Stop));
        var left = await AllAsync(store);
        Assert.Equal((600, 0), (left.Count, left.Count(record => record.Attribution.User == "ada")));
    }

    [Fact]
    public async Task Prune_takes_what_ended_before_and_clear_takes_all()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 1_200).Select(n => Make(n, at: Now.AddSeconds(-n)))], Stop);
        Assert.Equal(199, await store.PruneAsync(Now.AddSeconds(-1_000), Stop));
        Assert.Equal(Now.AddSeconds(-1_000), (await store.ReadAsync(new() { OldestFirst = true }, Stop)).Records[0].EndedAt);
        Assert.Equal(1_001, await store.PruneAsync(null, Stop));
        Assert.Empty(await AllAsync(store));
        Assert.Equal(1, await store.WriteAsync([Make(1)], Stop));
        Assert.Single(await AllAsync(store));
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_and_double_nothing()
    {
        await using var store = await OpenAsync();
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var sum = 0;
            for (var round = 0; round < 10; round++)
            {
                // Every second one is what the next writer writes too.
                sum += await store.WriteAsync([.. Enumerable.Range(0, 10).Select(n => Make((((writer + (n % 2)) % 8) * 1_000) + (round * 10) + n))], Stop);
            }

            return sum;
        })));
        Assert.Equal(800, added.Sum());
        Assert.Equal(800, (await AllAsync(store)).Select(record => record.Id).Distinct().Count());
    }

    private protected UsageRecord Make(int number, DateTimeOffset? at = null) => RecordCases.Make(number, at ?? Now.AddSeconds(-number));

    private protected static int Number(UsageRecord record) => RecordCases.Number(record);

    private protected static async Task<List<UsageRecord>> AllAsync(IRecordStore store, UsageRecordQuery? query = null) =>
        [.. (await PagesAsync(store, query ?? new UsageRecordQuery { PageSize = 500 })).SelectMany(page => page.Records)];

    private protected static async Task<List<UsageRecordPage>> PagesAsync(IRecordStore store, UsageRecordQuery query)
    {
        var pages = new List<UsageRecordPage>();
        do
        {
            pages.Add(await store.ReadAsync(query with { After = pages.LastOrDefault()?.Next }, Stop));
        }
        while (pages[^1].Next is not null);
        return pages;
    }
}
