namespace OpenAI.Made.Up;

/// <summary>An answer whose properties throw when they are asked for.</summary>
internal sealed class ThrowingAnswer(string why)
{
    public object Usage => throw new InvalidOperationException(why);

    public object ServiceTier => throw new InvalidOperationException(why);
}
