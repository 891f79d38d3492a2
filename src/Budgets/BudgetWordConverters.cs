using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>Units, scopes and windows in JSON as everywhere else: by their words.</summary>
internal abstract class BudgetWordConverter<T> : JsonConverter<T>
    where T : struct
{
    /// <inheritdoc/>
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Find(reader.GetString()!) is { } value ? value : throw new JsonException($"This is no {typeof(T).Name}.");

    /// <inheritdoc/>
    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Word(value));

    protected abstract T? Find(string word);

    protected abstract string Word(T value);
}

/// <inheritdoc/>
internal sealed class BudgetUnitConverter : BudgetWordConverter<BudgetUnit>
{
    protected override BudgetUnit? Find(string word) => UnitWords.Find(word);

    protected override string Word(BudgetUnit value) => value.Word();
}

/// <inheritdoc/>
internal sealed class BudgetScopeConverter : BudgetWordConverter<BudgetScope>
{
    protected override BudgetScope? Find(string word) => ScopeWords.Find(word);

    protected override string Word(BudgetScope value) => value.Word();
}

/// <inheritdoc/>
internal sealed class BudgetWindowConverter : BudgetWordConverter<BudgetWindow>
{
    protected override BudgetWindow? Find(string word)
    {
        try
        {
            return BudgetWindow.Parse(word);
        }
        catch (FormatException cause)
        {
            throw new JsonException(cause.Message, cause);
        }
    }

    protected override string Word(BudgetWindow value) => value.ToString();
}
