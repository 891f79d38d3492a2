namespace LlmTelemetry.Budgets;

/// <summary>The texts of the scripts. Tests hand in others, to show that they would notice what is missing.</summary>
internal sealed record RedisBudgetScripts(string Decide, string Reset, string Claim)
{
    public static RedisBudgetScripts Own { get; } = new(Deciding("decide.lua"), Deciding("reset.lua"), Deciding("claim.lua"));

    public static string Override { get; } = Load("override.lua");

    public static string Overrides { get; } = Load("overrides.lua");

    public static string Announce { get; } = Load("announce.lua");

    public static string Subjects { get; } = Load("subjects.lua");

    public static string Delete { get; } = Load("delete.lua");

    // What it shares with the others stands in front.
    private static string Deciding(string file) => Load("ledger.lua") + Load(file);

    private static string Load(string file)
    {
        using var stream = typeof(RedisBudgetScripts).Assembly.GetManifestResourceStream($"LlmTelemetry.Budgets.Ledgers.{file}")
            ?? throw new InvalidOperationException($"The assembly does not carry {file}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
