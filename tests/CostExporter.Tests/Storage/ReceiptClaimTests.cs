namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Which form of telemetry is booked for an hour, and what receipts and claims do together, at once and at random.</summary>
public abstract class ReceiptClaimTests : ReceiptStoreTests
{
    // One of them is the name of a type, too.
    private const UsageSourceKind Events = UsageSourceKind.Events;
    private const UsageSourceKind Own = UsageSourceKind.OwnMetrics;
    private const UsageSourceKind TokenUsage = UsageSourceKind.TokenUsage;
    private const UsageSourceKind InferenceCounters = UsageSourceKind.InferenceCounters;
    private const UsageSourceKind Spans = UsageSourceKind.Spans;

    [Fact]
    public async Task Who_asks_first_for_a_first_hour_decides_it_for_all()
    {
        await using var store = await OpenAsync();
        Assert.Equal([Spans, Spans, Spans, Spans], await ClaimAsync(store, "a", (Hour, Spans), (Hour, Events), (Hour, TokenUsage), (Hour, Spans)));
        Assert.Equal([TokenUsage], await ClaimAsync(store, "b", (Hour, TokenUsage)));
    }

    [Fact]
    public async Task Better_form_takes_over_at_the_next_hour_and_stays_while_it_is_sent()
    {
        await using var store = await OpenAsync();
        Assert.Equal(
            [TokenUsage, TokenUsage, Own, Own, Own],
            await ClaimAsync(store, "a", (Hour, TokenUsage), (Hour, Own), (Hour + 1, TokenUsage), (Hour + 1, Own), (Hour + 2, TokenUsage)));
    }

    [Fact]
    public async Task Form_that_stopped_is_followed_by_what_was_there_in_the_last_hour_that_anything_was()
    {
        await using var store = await OpenAsync();
        Assert.Equal([Events, Events, Spans, TokenUsage], await ClaimAsync(store, "a", (Hour, Events), (Hour + 1, Spans), (Hour + 5, Spans), (Hour + 6, TokenUsage)));
    }

    [Fact]
    public async Task Form_that_is_sent_for_a_decided_hour_counts_for_the_next()
    {
        await using var store = await OpenAsync();
        Assert.Equal([Spans, Spans, Spans, Events], await ClaimAsync(store, "a", (Hour, Spans), (Hour, InferenceCounters), (Hour, Events), (Hour + 1, Spans)));
    }

    [Fact]
    public async Task Late_claim_of_an_hour_that_nobody_asked_for_goes_by_the_hours_before_it()
    {
        await using var store = await OpenAsync();
        Assert.Equal(
            [InferenceCounters, Events, InferenceCounters, Events, Spans],
            await ClaimAsync(store, "a", (Hour, InferenceCounters), (Hour + 4, Events), (Hour + 2, Spans), (Hour + 4, Spans), (Hour - 3, Spans)));
    }

    [Fact]
    public async Task Sixteen_who_ask_at_once_hear_the_same_and_sources_are_apart()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenOtherAsync();
        for (var hour = 0; hour < 8; hour++)
        {
            var at = Hour + hour;
            var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => Receipts(i % 2 == 0 ? store : other ?? store).ClaimAsync("a", at, (UsageSourceKind)(1 + (i % 5)), Stop))));
            Assert.Single(answers.Distinct());
        }

        Assert.Equal([Spans], await ClaimAsync(store, "b", (Hour + 9, Spans)));
    }

    [Fact]
    public async Task Ten_days_of_hours_stay_decided_and_what_is_kept_is_bounded()
    {
        await using var store = await OpenAsync();
        await ClaimAsync(store, "a", (Hour, Spans));
        for (var hour = 1; hour <= 600; hour++)
        {
            Assert.Equal([Own], await ClaimAsync(store, "a", (Hour + hour, Own)));
            if (hour == 240)
            {
                Assert.Equal([Spans], await ClaimAsync(store, "a", (Hour, Events)));
            }
        }

        Assert.Equal([Own], await ClaimAsync(store, "a", (Hour + 600 - 240, Events)));
        Assert.InRange(await HoursKeptAsync("a") ?? 256, 241, 300);
    }

    [Fact]
    public async Task Receivers_that_go_on_from_one_state_count_each_increment_once()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenOtherAsync();
        const int Each = 12, Workers = 8;
        var (arrived, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        async Task<int> RunAsync(int worker)
        {
            var (mine, conflicts) = (worker % 2 == 0 ? store : other ?? store, 0);
            for (var i = 0; i < Each;)
            {
                var state = Assert.Single(await Receipts(mine).ReadStatesAsync(store.PartitionOf(Key()), ["a/0"], Stop));
                if (i == 0 && conflicts == 0 && Interlocked.Increment(ref arrived) == Workers)
                {
                    all.TrySetResult();
                }

                // All go on from nothing at first: so all but one meet another.
                await all.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
                var sum = state.Version == 0 ? 0 : BitConverter.ToInt32(state.Content.Span);
                var reply = await BookAsync(mine, Receipt(store, 1, [Id((worker * 1000) + i)], new NextState("a/0", state.Version, BitConverter.GetBytes(sum + 1))));
                Assert.Empty(reply.Known);
                (i, conflicts) = reply.Status == ReceiptStatus.Booked ? (i + 1, conflicts) : (i, conflicts + 1);
            }

            return conflicts;
        }

        var conflicts = await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => RunAsync(worker))));

        Assert.True(conflicts.Sum() >= Workers - 1, $"{conflicts.Sum()} conflicts.");
        Assert.Equal([Workers * Each, Workers * Each, Workers * Each], await TotalsAsync(store));
        var end = Assert.Single(await Receipts(store).ReadStatesAsync(store.PartitionOf(Key()), ["a/0"], Stop));
        Assert.Equal((Workers * Each, Workers * Each), (end.Version, BitConverter.ToInt32(end.Content.Span)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Store_does_what_the_model_does(int seed)
    {
        await using var store = await OpenAsync();
        await using var other = await OpenOtherAsync();
        var random = new Random(seed);
        var model = new ReceiptModel();
        for (var step = 0; step < 300; step++)
        {
            var one = random.Next(2) == 0 ? store : other ?? store;
            if (random.Next(4) == 0)
            {
                var (source, hour, kind) = ($"s{random.Next(3)}", Hour - random.Next(12), (UsageSourceKind)random.Next(1, 6));
                Assert.Equal(model.Claim(source, hour, kind), await Receipts(one).ClaimAsync(source, hour, kind, Stop));
                continue;
            }

            // Mostly new ids and right versions, so that much is booked.
            var ids = Enumerable.Range(0, random.Next(3)).Select(_ => Id(random.Next(step + 20))).Distinct().ToArray();
            var states = Enumerable.Range(0, 6).Where(_ => random.Next(3) == 0)
                .Select(i => State($"a/{i}", Math.Max(0, model.Version($"a/{i}") + (random.Next(12) == 0 ? random.Next(-1, 2) : 0)), $"{step}:{i}")).ToArray();
            SpendRow[] rows = [.. Enumerable.Range(0, 4).Where(_ => random.Next(2) == 0).Select(i => new SpendRow(Hour - random.Next(3), Day, Key(user: $"u{i}"), Measures((0, 1 + random.Next(1000)))))];
            var receipt = new SpendReceipt(store.PartitionOf(Key()), rows, ids, states);

            var (expected, reply) = (model.Book(receipt), await BookAsync(one, receipt));
            Assert.Equal(expected.Status, reply.Status);
            Assert.Equal(expected.Known.Order(), reply.Known.Order());
            Assert.Equal(expected.Changed.Order(), reply.Changed.Order());
        }

        Assert.Equal(model.Calls.OrderBy(user => user.Key), (await ReadAsync(store, SpendGrain.Month, SpendDimension.User)).GroupBy(row => row.Key.User!, row => row.Measures[0]).Select(user => KeyValuePair.Create(user.Key, user.Aggregate((sum, one) => sum + one))).OrderBy(user => user.Key));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => model.State($"a/{i}")), await StatesAsync(store, [.. Enumerable.Range(0, 6).Select(i => $"a/{i}")]));
        Assert.True(model.Booked > 50 && model.Refused > 20, $"{model.Booked} booked, {model.Refused} refused: this proves little.");
    }

    /// <summary>How many hours the store keeps of a source; null: nobody else can look into it.</summary>
    private protected abstract Task<long?> HoursKeptAsync(string source);

    private static async Task<UsageSourceKind[]> ClaimAsync(ISpendStore store, string source, params (long Hour, UsageSourceKind Kind)[] claims)
    {
        var answers = new List<UsageSourceKind>();
        foreach (var (hour, kind) in claims)
        {
            answers.Add(await Receipts(store).ClaimAsync(source, hour, kind, Stop));
        }

        return [.. answers];
    }
}
