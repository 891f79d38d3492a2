using LlmTelemetry.Budgets.Tests.Ledgers;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>The same on a real Cluster of three nodes: all limits of all subjects are decided in one step there too.</summary>
public sealed class RedisClusterBudgetLedgerTests(RedisCluster cluster) : LedgerCases, IClassFixture<RedisCluster>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task Slot_that_moves_to_another_node_takes_holds_and_what_is_used_with_it()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 30; i++)
        {
            ids.Add(Guid.NewGuid());
            await HoldAsync(ids[i], Line(300, 10, span: Session), Line(300, 10, "b", $"u{i}", Session));
        }

        var slot = $"{_prefix}:{{budgets}}:holds";
        var from = await cluster.OwnerAsync(slot);
        await cluster.MoveSlotAsync(slot, cluster.Ports.First(port => port != from));
        LedgerAnswer? answer = null;
        await Eventually.HoldsAsync(
            async () => await Record.ExceptionAsync(async () => answer = await HoldAsync(Line(300, 1, span: Session))) is null, "the ledger finds the slot");

        Assert.Equal((LedgerStatus.Refused, 300), (answer!.Status, answer.Lines[0].Held));
        foreach (var id in ids)
        {
            Assert.Equal(LedgerStatus.Done, (await SettleAsync(id, new ChargeLine(Line(300, span: Session), 4))).Status);
        }

        Assert.Equal((120, 0), await StandsAsync(Line(300, span: Session)));
        Assert.Equal((0, 0), await StandsAsync(Line(300, name: "b", subject: "u7", span: Session)));
    }

    private protected override async Task<IBudgetLedger> OpenAsync()
    {
        await cluster.StartAsync();
        return RedisBudgets.Open(cluster.Address, _prefix);
    }

    // The nodes' clock is this machine's.
    private protected override Task PassAsync(long until) => Eventually.HoldsAsync(
        () => Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > until), "the clock passes the moment");
}
