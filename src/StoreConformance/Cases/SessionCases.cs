namespace LlmTelemetry.StoreConformance;

/// <summary>What a session spent is found by its id. A store may know when it began and ended to the second, or to the hour.</summary>
internal static class SessionCases
{
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Session is read by its id with what it spent in all its hours", OneAsync),
        new("Sessions of one id are apart by tenant", TenantsAsync),
        new("Sessions of hostile ids stay apart", NamesAsync),
        new("Sums of a session stay exact past Int64", ExactAsync),
    ];

    private static async Task OneAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var (one, other) = (new SpendKeyParts(Session: "s1"), new SpendKeyParts(Session: "s2"));
        await ledger.SendAsync(
            store,
            Seen(ledger.Row(Rows.Key(parts: one), (0, 1), (64, 10)), 100, 200), Seen(ledger.Row(Rows.Key("bob", parts: one), (0, 1), (64, 10)), 50, 60),
            Seen(ledger.Row(Rows.Key(parts: other), (0, 8)), 0, 1), Seen(ledger.Row(Rows.Key(), (0, 16)), 0, 1)).ConfigureAwait(false);
        SpendRow[] second = [Seen(ledger.RowAt(ledger.Hour.AddHours(-1), Rows.Key(parts: one), (0, 2), (64, 20)), 3000, 3599), Seen(ledger.Row(Rows.Key(model: "other|model", parts: one), (0, 4)), 300, 300)];
        await ledger.SendAsync(store, second).ConfigureAwait(false);
        await ledger.ApplyAsync(store, 2, second).ConfigureAwait(false);

        var found = await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false);
        Same("session", ["claude: 0=4 64=40", "other|model: 0=4"], found);
        Expect.Equal("tenant", null, found[0].Tenant);
        Expect.Holds("it to begin in the second or hour of its first call", found[0].FirstAt == ledger.Hour.AddSeconds(3000 - 3600) || found[0].FirstAt == ledger.Hour.AddHours(-1), found[0].FirstAt);
        Expect.Holds("it to end in the second or hour of its last call", found[0].LastAt == ledger.Hour.AddSeconds(300) || found[0].LastAt == ledger.Hour.AddSeconds(3599), found[0].LastAt);
        Same("session that nobody had", [], await store.ReadSessionsAsync(new SessionRead("s3", AnyTenant: true), ledger.Stop).ConfigureAwait(false));
    }

    private static async Task TenantsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string?[] tenants = [null, "", "acme", "{:|}"];
        await ledger.SendAsync(store, [.. tenants.Select((tenant, i) => ledger.Row(Rows.Key(tenant: tenant, parts: new(Session: "s|{1}")), (0, 1 << i)))]).ConfigureAwait(false);
        Same("sessions of all", ["claude: 0=1", "claude: 0=2", "claude: 0=4", "claude: 0=8"], await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: true), ledger.Stop).ConfigureAwait(false));
        foreach (var (i, tenant) in tenants.Index())
        {
            var found = await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: false, tenant), ledger.Stop).ConfigureAwait(false);
            Same($"session of tenant '{tenant}'", [$"claude: 0={1 << i}"], found);
            Expect.Equal("its tenant", tenant, found[0].Tenant);
        }

        Same("session of a tenant without", [], await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: false, "nobody"), ledger.Stop).ConfigureAwait(false));
    }

    private static async Task NamesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string[] ids = ["", "s", "S", "s ", "|", "a|b", "{s}", "*", "\0", "\uD800", "%", "ü", "u\u0308", new string('s', 5000)];
        await ledger.SendAsync(store, [.. ids.Select((id, i) => ledger.Row(Rows.Key(parts: new(Session: id)), (0, i + 1)))]).ConfigureAwait(false);
        foreach (var (i, id) in ids.Index())
        {
            Same($"session '{id}'", [$"claude: 0={i + 1}"], await store.ReadSessionsAsync(new SessionRead(id, AnyTenant: true), ledger.Stop).ConfigureAwait(false));
        }
    }

    private static async Task ExactAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var key = Rows.Key(parts: new(Session: "s1"));
        await ledger.SendAsync(store, ledger.Row(key, (64, long.MaxValue)), ledger.Row(key with { User = "bob" }, (64, long.MaxValue))).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(key, (64, Int128.One << 90))).ConfigureAwait(false);
        Same("session", [$"claude: 64={(2 * (Int128)long.MaxValue) + (Int128.One << 90)}"], await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false));
    }

    private static SpendRow Seen(SpendRow row, int first, int last)
    {
        row.Measures.See(first);
        row.Measures.See(last);
        return row;
    }

    private static void Same(string what, string[] expected, IReadOnlyList<StoredSession> found) =>
        Expect.Equal(
            what,
            string.Join("; ", expected.Order(StringComparer.Ordinal)),
            string.Join("; ", found.SelectMany(session => session.Rows).Select(row => $"{row.Key.Model}: {Line.Of(row.Measures)}").Order(StringComparer.Ordinal)));
}
