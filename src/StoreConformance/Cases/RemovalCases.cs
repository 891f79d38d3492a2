namespace LlmTelemetry.StoreConformance;

/// <summary>What is to be kept no longer is gone, and nothing else. A store that cannot says so, and is left as it is.</summary>
internal static class RemovalCases
{
    private const string Erased = "_erased";

    private static readonly int[] Hours = [0, 1, 48, 49];
    private static readonly string?[] Users = ["ann", "anna", null];
    private static readonly string?[] Tenants = [null, "acme"];

    private static readonly SpendDimension[][] Choices = [[], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.Tenant, SpendDimension.User], [SpendDimension.Feature]];

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Erased user's spend stays in every total under _erased", EraseAsync),
        new("Cleared ledger is empty and takes batches from 1 on", ClearAsync),
        new("Pruned periods are gone and no others", PruneAsync),
    ];

    private static async Task EraseAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = Spend(ledger);
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        if (!await SupportsAsync(() => store.EraseUserAsync("ann", ledger.Stop)).ConfigureAwait(false))
        {
            await ledger.CheckAsync(store, "after erasing was refused", Choices).ConfigureAwait(false);
            return;
        }

        var after = new Tally();
        after.Add(rows.Select(row => row.Key.User == "ann" ? row with { Key = row.Key with { User = Erased } } : row), ledger.Settings);
        await CheckAsync(ledger, store, after, "after ann was erased").ConfigureAwait(false);
        Expect.Equal("sessions of the erased user", 0, (await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false)).Count);
        Expect.Equal("rows changed the second time", 0, await store.EraseUserAsync("ann", ledger.Stop).ConfigureAwait(false));
        Expect.Equal("rows changed for nobody", 0, await store.EraseUserAsync("nobody", ledger.Stop).ConfigureAwait(false));
        await CheckAsync(ledger, store, after, "after ann was erased again").ConfigureAwait(false);
    }

    private static async Task ClearAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = Spend(ledger);
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        if (!await SupportsAsync(() => store.ClearAsync(ledger.Stop)).ConfigureAwait(false))
        {
            await ledger.CheckAsync(store, "after clearing was refused", Choices).ConfigureAwait(false);
            return;
        }

        await CheckAsync(ledger, store, new Tally(), "after all was cleared").ConfigureAwait(false);
        Expect.Equal("sessions", 0, (await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false)).Count);
        Expect.Equal("beats", 0, (await store.ReadBeatsAsync(ledger.Stop).ConfigureAwait(false)).Count);
        Expect.Equal("corrections", 0, (await store.CorrectionsAsync(ledger.Stop).ConfigureAwait(false)).Count);
        var some = rows.Where(row => store.PartitionOf(row.Key) == store.PartitionOf(rows[0].Key)).ToArray();
        Expect.Equal("reply to the number after the last one", BatchStatus.Gap, (await ledger.ApplyAsync(store, 2, some).ConfigureAwait(false)).Status);
        Expect.Equal("reply to number 1", BatchStatus.Applied, (await ledger.ApplyAsync(store, 1, some).ConfigureAwait(false)).Status);
        var again = new Tally();
        again.Add(some, ledger.Settings);
        await CheckAsync(ledger, store, again, "after a batch to the cleared ledger").ConfigureAwait(false);
    }

    private static async Task PruneAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = Spend(ledger);
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        var before = DateOnly.FromDateTime(ledger.Hour.UtcDateTime).AddDays(-1);
        if (!await SupportsAsync(() => store.PruneAsync(SpendGrain.Hour, before, ledger.Stop)).ConfigureAwait(false))
        {
            await ledger.CheckAsync(store, "after pruning was refused", Choices).ConfigureAwait(false);
            return;
        }

        await CheckAsync(ledger, store, ledger.Tally.Without(SpendGrain.Hour, before), $"after hours before {before:O} were pruned").ConfigureAwait(false);
        Expect.Equal("hours pruned the second time", 0, await store.PruneAsync(SpendGrain.Hour, before, ledger.Stop).ConfigureAwait(false));
        Expect.Holds("days to be pruned", await store.PruneAsync(SpendGrain.Day, before, ledger.Stop).ConfigureAwait(false) > 0, 0);
        await CheckAsync(ledger, store, ledger.Tally.Without(SpendGrain.Hour, before).Without(SpendGrain.Day, before), $"after days before {before:O} were pruned").ConfigureAwait(false);
        Expect.Equal("months pruned of this one", 0, await store.PruneAsync(SpendGrain.Month, before.AddDays(1 - before.Day).AddMonths(-1), ledger.Stop).ConfigureAwait(false));
    }

    // Of two days and hours each, three users in two tenants, with a session and further figures.
    private static SpendRow[] Spend(Ledger ledger) =>
    [
        .. from hours in Hours
           from user in Users
           from tenant in Tenants
           from parts in new SpendKeyParts[] { default, new(Session: user == "ann" ? "s1" : "s2", Conversation: user), new(Metric: "llm.test|{x}") }
           select ledger.RowAt(ledger.Hour.AddHours(-hours), Rows.Key(user: user, tenant: tenant, parts: parts), (0, 1), (64, (Int128.One << hours) + (user?.Length ?? 0))),
    ];

    private static async Task<bool> SupportsAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static async Task CheckAsync(Ledger ledger, ISpendStore store, Tally expected, string when)
    {
        foreach (var grain in Tally.Grains)
        {
            foreach (var by in Choices)
            {
                // The range of what was sent, also where nothing of it is expected.
                var read = ledger.ReadOf(grain, by);
                await ledger.CheckAsync(store, read, when, expected).ConfigureAwait(false);
                await ledger.CheckAsync(store, read with { OfFigures = true }, when, expected).ConfigureAwait(false);
            }
        }
    }
}
