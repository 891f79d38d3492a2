namespace LlmTelemetry.CostExporter;

/// <summary>The list of the corrections in force.</summary>
internal static class SqliteCorrections
{
    /// <summary>See <see cref="ISpendStore.CorrectionsAsync"/>.</summary>
    public static IReadOnlyList<SpendCorrection> Read(SqliteSession session) =>
        []; // None can be put in force yet.

    /// <summary>See <see cref="ISpendStore.SetCorrectionAsync"/>.</summary>
    public static bool Set(SqliteSession session, SpendCorrection correction, bool inForce) =>
        throw new NotImplementedException($"{session} {correction} {inForce}");
}
