namespace LlmTelemetry.Service;

/// <summary>Fields that a message has once.</summary>
internal static class OtlpFields
{
    /// <summary>The field's bytes; none where it is not there.</summary>
    /// <exception cref="OtlpFormatException">It is there twice. Protobuf would merge the two; nobody sends that.</exception>
    public static ReadOnlySpan<byte> Single(ReadOnlySpan<byte> message, uint tag)
    {
        ReadOnlySpan<byte> found = default;
        var isFound = false;
        for (var field = new ProtoReader(message); field.Next();)
        {
            if (field.Tag == tag)
            {
                found = isFound ? throw new OtlpFormatException("what must be there once is there twice") : field.Bytes;
                isFound = true;
            }
        }

        return found;
    }
}
