using LlmTelemetry.StoreConformance;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>The suite finds what is wrong with a store, and nothing with one that is right.</summary>
public sealed class BrokenStoreTests
{
    public static TheoryData<Flaw> Flaws => [.. Enum.GetValues<Flaw>().Where(flaw => flaw != Flaw.None)];

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task Store_with_a_flaw_fails(Flaw flaw)
    {
        var failures = await FailuresAsync(flaw);

        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.Contains("expected ", failure.Message, StringComparison.Ordinal));
        Assert.All(failures, failure => Assert.Contains("found ", failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Same_store_without_a_flaw_passes() => Assert.Empty(await FailuresAsync(Flaw.None));

    [Fact]
    public async Task Case_that_does_not_concern_a_store_is_refused()
    {
        var lasting = StoreCase.All.First(one => one.NeedsLasting);
        var memory = new StoreUnderTest(settings => new MemorySpendStore(settings)) { Lasting = false };

        Assert.DoesNotContain(lasting, memory.Cases);
        await Assert.ThrowsAsync<ArgumentException>(() => lasting.RunAsync(memory, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Store_that_never_answers_fails_after_the_time_that_a_case_may_take()
    {
        var under = new StoreUnderTest(_ => new SilentStore()) { Patience = TimeSpan.FromMilliseconds(50) };
        var failure = await Assert.ThrowsAsync<StoreCaseException>(() => StoreCase.All[0].RunAsync(under, TestContext.Current.CancellationToken));
        Assert.Contains("still at work", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_unique_and_found()
    {
        Assert.Distinct(StoreCase.All.Select(one => one.Name));
        Assert.All(StoreCase.All, one => Assert.Same(one, StoreCase.Named(one.Name)));
        Assert.Throws<ArgumentException>(() => StoreCase.Named("no such case"));
    }

    private static async Task<List<StoreCaseException>> FailuresAsync(Flaw flaw)
    {
        var shared = new Dictionary<string, BrokenStore.Kept>();
        var under = new StoreUnderTest(settings => new BrokenStore(settings, flaw, shared)) { Timeout = TimeSpan.FromMilliseconds(200) };
        var failures = new List<StoreCaseException>();
        foreach (var one in under.Cases)
        {
            try
            {
                await one.RunAsync(under, TestContext.Current.CancellationToken);
            }
            catch (StoreCaseException failure)
            {
                failures.Add(failure);
                TestContext.Current.SendDiagnosticMessage($"{flaw}: {failure.Message}");
            }
        }

        return failures;
    }

    /// <summary>Opens, and then never says anything.</summary>
    private sealed class SilentStore : ISpendStore
    {
        public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public string PartitionOf(in SpendKey key) => "";

        public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) => new TaskCompletionSource<BatchReply>().Task;

        public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task;
            yield break;
        }
    }
}
