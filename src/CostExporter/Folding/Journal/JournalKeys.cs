namespace LlmTelemetry.CostExporter;

/// <summary>Keys as the journal keeps them: as the store's hour rows say them, so that whatever rows are apart by is in it.</summary>
internal static class JournalKeys
{
    private const int Parts = 5;

    public static string TextOf(in SpendKey key) => SpendKeyText.JoinHour([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More, day: null);

    public static SpendKey Parse(string text)
    {
        var parts = new string?[Parts];
        var more = SpendKeyText.Read(KeyText.Split(text, parts), out _);
        return new SpendKey(parts[0], parts[1], parts[2], parts[3], parts[4], more);
    }
}
